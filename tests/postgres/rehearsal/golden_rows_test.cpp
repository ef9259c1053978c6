// Golden rows on a throwaway database.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/golden_rows.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/project.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

using Lines = std::vector<std::string>;

GoldenRows golden(std::string given, std::string query, std::vector<std::vector<std::optional<std::string>>> expect) {
  return {.name = "rows",
          .given = {.text = std::move(given), .file = "contracts/t.v1.yaml", .first_line = 10},
          .query = {.text = std::move(query), .file = "contracts/t.v1.yaml", .first_line = 20},
          .expect = std::move(expect)};
}

}  // namespace

TEST_CASE("golden rows hold, differ or fail, and leave nothing behind", "[rehearsal]") {
  TestDatabase database;
  database.run("CREATE TABLE t (id integer, at timestamptz)");
  const auto session = database.connect();
  Contract contract;
  contract.name = "t";
  const auto problems = [&](GoldenRows rows) {
    contract.golden = {std::move(rows)};
    const auto outcomes = try_golden_rows(*session, contract);
    CHECK(database.ask("SELECT count(*) FROM t") == "0");
    return outcomes.at(0).problems;
  };
  const std::string given = "INSERT INTO t VALUES (1, '2025-01-01 12:00+02'), (2, NULL)";
  const std::string query = "SELECT id, at FROM t ORDER BY id";

  CHECK(problems(golden(given, query, {{"1", "2025-01-01 10:00:00+00"}, {"2", std::nullopt}})).empty());
  CHECK(problems(golden(given, query, {{"1", "2025-01-01 10:00:00+00"}, {"2", ""}})) ==
        Lines{"@@ -1,2 +1,2 @@", " [\"1\", \"2025-01-01 10:00:00+00\"]", "-[\"2\", \"\"]", "+[\"2\", null]"});
  CHECK(problems(golden("SELECT 1;\nINSERT INTO nowhere VALUES (1)", query, {})) ==
        Lines{"contracts/t.v1.yaml:11: relation \"nowhere\" does not exist (SQLSTATE 42P01)"});
  CHECK(problems(golden(given, "SELECT no_such FROM t", {})).at(0).find("contracts/t.v1.yaml:20: ") == 0);
  CHECK(problems(golden("ROLLBACK", query, {})) == Lines{"contracts/t.v1.yaml:10: given ends its transaction"});
}

TEST_CASE("golden rows are tried behind the revisions that they are for", "[rehearsal]") {
  RehearsalServer server(test_server_binaries(), system_clock());
  Project project;
  project.migration("001_a", "CREATE TABLE t (id integer);", "DROP TABLE t;");
  project.migration("002_b", "ALTER TABLE t RENAME id TO number;", "ALTER TABLE t RENAME number TO id;");
  const auto graph = project.graph();
  Contract contract;
  contract.name = "t";
  contract.golden = {golden("INSERT INTO t VALUES (1)", "SELECT id FROM t", {{"1"}})};
  const auto problems_behind = [&](std::string_view revision) {
    const auto index = *graph.find({"main", std::string(revision)});
    return rehearse_golden_rows(server, graph, {index}, contract).at(0).problems.size();
  };
  CHECK(problems_behind("001_a") == 0);
  CHECK(problems_behind("002_b") == 1);
}

}  // namespace dbmigrate::tests
