// What is read off the text of a plan, beside what was measured; and the limit that both are held against.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "dry_run_support.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate {
namespace {

using tests::answer_of;
using tests::dry_run;
using tests::write_revision;
using Texts = std::vector<std::string>;

constexpr const char* kAllowed = "-- dbmigrate: allow index-not-concurrent nobody writes there at night\n";
constexpr const char* kIndex = "CREATE INDEX big_id ON big (id);";

/// Large enough that work on it under a lock is an error.
void give_big_table(CliRun& run, const tests::TestDatabase& database) {
  write_revision(run, "000_big", "CREATE TABLE big (id int, note text);", "DROP TABLE big");
  REQUIRE(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
  database.connect()->run("INSERT INTO big SELECT g, repeat('x', 1900) FROM generate_series(1, 40000) g");
}

Texts rules(const Json& document, const std::string& list) {
  Texts found;
  for (const auto& finding : document.at("result").at(list)) {
    found.push_back(finding.at("severity").get<std::string>() + " " + finding.at("rule").get<std::string>());
  }
  return found;
}

}  // namespace

TEST_CASE("one thing that lint foretells and the clone measures is told once, as bad as the table is large", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_index", "CREATE INDEX users_id ON users (id);");
  const std::string clone = GENERATE("auto", "off");
  CHECK(run.run(dry_run(database.url(), {"--format", "json", "--clone", clone})) == ExitCode::done);
  CHECK(rules(answer_of(run), "findings") == Texts{"info index-not-concurrent"});
}

TEST_CASE("what a plan's earlier revision makes is nobody's yet", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int, email text);", "DROP TABLE users");
  write_revision(run, "002_index", "CREATE INDEX users_email ON users (email);", "DROP INDEX users_email");
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
  CHECK(rules(answer_of(run), "findings").empty());
}

TEST_CASE("SQL that is put together when it runs was seen running", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_dynamic",
                 "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN age int', 'users'); END $$;");
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
  CHECK(rules(answer_of(run), "findings") == Texts{"info opaque-dynamic-sql"});
  const auto document = answer_of(run);
  const auto& statement = document.at("result").at("revisions").at(0).at("statements").at(0);
  CHECK(statement.at("locks").at(0) == Json{{"relation", "public.users"}, {"mode", "ACCESS EXCLUSIVE"}});
  CHECK(run.run(dry_run(database.url(), {"--format", "json", "--clone", "off"})) == ExitCode::done);
  CHECK(rules(answer_of(run), "findings") == Texts{"warning opaque-dynamic-sql"});
}

TEST_CASE("a limit refuses what is above it, unless the file lets it pass with a reason", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  give_big_table(run, database);
  const Texts limited{"upgrade", "--url", database.url(), "--max-risk", "warning"};
  SECTION("refused") {
    write_revision(run, "001_index", kIndex);
    CHECK(run.run(dry_run(database.url())) == ExitCode::findings);
    CHECK(rules(answer_of(run), "findings") == Texts{"error index-not-concurrent"});
    CHECK(run.run(limited) == ExitCode::refused);
    CHECK(run.console.errors.find("index-not-concurrent") != std::string::npos);
    CHECK(database.ask("SELECT to_regclass('big_id') IS NULL") == "t");
    SECTION("by a higher limit it passes") {
      CHECK(run.run({"upgrade", "--url", database.url(), "--max-risk", "error"}) == ExitCode::done);
    }
    SECTION("without a limit the risk is told to a terminal, and it runs") {
      run.console.terminal = true;
      CHECK(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
      CHECK(run.console.errors.find("risk: error (1 error)") != std::string::npos);
    }
  }
  SECTION("let pass") {
    write_revision(run, "001_index", std::string(kAllowed) + kIndex);
    CHECK(run.run(dry_run(database.url())) == ExitCode::done);
    CHECK(rules(answer_of(run), "findings").empty());
    const auto document = answer_of(run);
    const auto& allowed = document.at("result").at("allowed");
    REQUIRE(allowed.size() == 1);
    CHECK(allowed.at(0).at("rule") == "index-not-concurrent");
    CHECK(allowed.at(0).at("allowed_because") == "nobody writes there at night");
    CHECK(run.run(limited) == ExitCode::done);
    CHECK(run.console.errors.find("risk: none found; 1 let pass by the files") != std::string::npos);
  }
}

TEST_CASE("a protected environment has a limit of its own", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  give_big_table(run, database);
  run.folder.write("dbmigrate.yaml",
                   "environments:\n  production:\n    url: \"" + database.url() + "\"\n    protected: true\n");
  const Texts upgrade{"upgrade", "--env", "production", "--yes"};
  SECTION("an error is refused, whatever is answered") {
    write_revision(run, "001_index", kIndex);
    CHECK(run.run(upgrade) == ExitCode::refused);
    CHECK(database.ask("SELECT to_regclass('big_id') IS NULL") == "t");
  }
  SECTION("unless it is let pass") {
    write_revision(run, "001_index", std::string(kAllowed) + kIndex);
    CHECK(run.run(upgrade) == ExitCode::done);
    CHECK(database.ask("SELECT to_regclass('big_id') IS NOT NULL") == "t");
  }
}

}  // namespace dbmigrate
