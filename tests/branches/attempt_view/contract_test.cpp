// The frozen shape of the view attempt, V1.
// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>
#include <string_view>

#include "../host.hpp"
#include "core/json.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The migrations of attempt_view in a folder of their own, to add a revision to.
class Copy {
 public:
  Copy() {
    std::filesystem::create_directories(cli.folder.path() / "migrations");
    std::filesystem::copy(std::filesystem::path(PROJECT_ROOT) / "migrations/attempt_view",
                          cli.folder.path() / "migrations/attempt_view", std::filesystem::copy_options::recursive);
  }
  ExitCode dbmigrate(const TestDatabase& database, std::vector<std::string> words) {
    words.insert(words.end(), {"--url", database.url(), "--branch", "attempt_view"});
    return cli.run(words);
  }

  CliRun cli;
};

}  // namespace

TEST_CASE("attempt view: V1 holds, columns and golden rows alike", "[branches]") {
  TestDatabase database;
  Copy project;
  REQUIRE(project.dbmigrate(database, {"upgrade", "head"}) == ExitCode::done);
  REQUIRE(project.dbmigrate(database, {"validate-only", "--format", "json"}) == ExitCode::done);
  const auto contracts = project.cli.document()["result"]["contracts"];
  REQUIRE(contracts.size() == 1);
  CHECK(contracts[0]["contract"] == "attempt");
  CHECK(contracts[0]["version"] == 1);
  CHECK(contracts[0]["problems"] == Json::array());
  CHECK(contracts[0]["not_checked"] == Json::array());
}

TEST_CASE("attempt view: golden rows that do not hold are shown", "[branches]") {
  Copy project;
  auto text = project_file("migrations/attempt_view/contracts/attempt.v1.yaml");
  const std::string hash = "2379172588298525945";
  text.replace(text.find(hash), hash.size(), "1");
  project.cli.folder.write("migrations/attempt_view/contracts/attempt.v1.yaml", text);
  CHECK(project.cli.run({"validate-only", "--offline"}) == ExitCode::findings);
  CHECK(contains(project.cli.console.output, "-[\"s1\", \"1\", \"1\", \"6384e2b2-"));
  CHECK(contains(project.cli.console.output, "+[\"s1\", \"1\", \"2379172588298525945\", \"6384e2b2-"));
}

TEST_CASE("attempt view: a revision that would change the frozen view does not get in", "[branches]") {
  TestDatabase database;
  Copy project;
  REQUIRE(project.dbmigrate(database, {"upgrade", "head"}) == ExitCode::done);
  project.cli.folder.write("migrations/attempt_view/20251201_0900_rename.yaml",
                           "up: {sql: ALTER VIEW attempt RENAME COLUMN topic_id TO topic}\n"
                           "down: {sql: ALTER VIEW attempt RENAME COLUMN topic TO topic_id}\n");
  CHECK(project.dbmigrate(database, {"upgrade", "head"}) == ExitCode::findings);
  CHECK(contains(project.cli.console.errors, "column 11 is topic, the contract says topic_id"));
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version WHERE revision LIKE '20251201%'") == "0");
  CHECK(database.ask("SELECT count(topic_id) FROM attempt") == "0");
}
