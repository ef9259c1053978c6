// What version rows and catalog files say of a database, and its data checks.
// SPDX-License-Identifier: Apache-2.0
#include "validation/expected_state.hpp"

#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "rehearsal/catalog_replay.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"
#include "validation/data_checks.hpp"

namespace dbmigrate::tests {
namespace {

RehearsalServer& server() {
  static RehearsalServer one(test_server_binaries(), system_clock());
  return one;
}

void write_catalogs(const Project& project) {
  const auto graph = project.graph();
  for (const auto& file : replay_catalogs(server(), graph, graph.in_order(), [](const RevisionId&) {})) {
    project.write("catalog/" + file.id.name + ".yaml", catalog_file_text(file));
  }
}

std::vector<AppliedRevision> rows_of(const TestDatabase& database) {
  const auto session = database.connect();
  return Ledger(*session, "dbmigrate").read().rows;
}

Comparison compared(const TestDatabase& database, const Project& project) {
  const auto session = database.connect();
  const auto state = expected_state(project.graph(), rows_of(database));
  require_known(state);
  return compare(state.catalog, read_snapshot(*session, "dbmigrate"));
}

class TwoRevisions : public Project {
 public:
  TwoRevisions() {
    migration("001_a", "CREATE TABLE t (id integer PRIMARY KEY, name text); CREATE INDEX i ON t (name);",
              "DROP TABLE t;");
    migration("002_b", "ALTER TABLE t ALTER name SET NOT NULL; ALTER TABLE t ADD more text DEFAULT 'x';",
              "ALTER TABLE t DROP more; ALTER TABLE t ALTER name DROP NOT NULL;");
    write_catalogs(*this);
  }
};

}  // namespace

TEST_CASE("a database is as its revisions left it, at every revision", "[validation]") {
  TestDatabase database;
  const TwoRevisions project;
  for (const std::string target : {"001_a", "002_b"}) {
    upgrade(database, project, target);
    CHECK(review_text(compared(database, project).differences).empty());
  }
  downgrade(database, project, "001_a");
  CHECK(review_text(compared(database, project).differences).empty());
}

TEST_CASE("what somebody did by hand is drift", "[validation]") {
  TestDatabase database;
  const TwoRevisions project;
  upgrade(database, project);
  database.run("ALTER TABLE t ALTER more DROP DEFAULT; DROP INDEX i; CREATE TABLE own (x integer)");
  CHECK(review_text(compared(database, project).differences) ==
        "changed    column public.t.more\n    default: 'x'::text → (none)\n"
        "missing    index public.i: CREATE INDEX i ON public.t USING btree (name)\n"
        "unexpected table public.own (with 1 column)");
}

TEST_CASE("an effect that nobody wrote down is unknown, not fine", "[validation]") {
  TestDatabase database;
  const TwoRevisions project;
  upgrade(database, project);
  const auto refusal = [&] { return error_of([&] { static_cast<void>(compared(database, project)); }); };
  SECTION("no catalog file") {
    project.remove("catalog/002_b.yaml");
    CHECK(refusal().detail.find("main@002_b: There is no ") == 0);
  }
  SECTION("another text than ran") {
    project.write("002_b.up.sql", "SELECT 1;");
    write_catalogs(project);
    CHECK(refusal().detail.find("main@002_b: It ran as ") == 0);
  }
  SECTION("not among the files") {
    project.remove("002_b.up.sql");
    project.remove("002_b.down.sql");
    CHECK(refusal().detail == "main@002_b: It is not among the files.");
  }
  SECTION("half-way") {
    database.run("UPDATE dbmigrate.version SET state = 'in_progress' WHERE revision = '002_b'");
    CHECK(refusal().detail == "main@002_b: It is half-way.");
  }
}

TEST_CASE("checks of revisions in effect are asked, one by one", "[validation]") {
  TestDatabase database;
  Project project;
  project.write("001_a.yaml", R"yaml(up: {sql: "CREATE TABLE t (x integer); INSERT INTO t VALUES (1), (2)"}
down: {sql: DROP TABLE t}
checks:
  - {name: none, sql: SELECT x FROM t WHERE x > 5;, expect: empty}
  - {name: some, sql: SELECT x FROM t, expect: empty}
  - {name: one, sql: SELECT x FROM t WHERE x = 1 -- the first, expect: one row}
  - {name: value, sql: SELECT count(*) FROM t, expect: {equals: 2}}
  - {name: other, sql: SELECT count(*) FROM t, expect: {equals: 3}, severity: warning}
  - {name: broken, sql: SELECT nothing FROM t, expect: empty}
  - {name: writes, sql: DELETE FROM t RETURNING x, expect: {equals: 1}}
)yaml");
  project.write("002_b.yaml",
                "up: {sql: SELECT 1}\ndown: {sql: SELECT 1}\nchecks: [{name: later, sql: SELECT 1, expect: empty}]\n");
  upgrade(database, project, "001_a");
  const auto session = database.connect();
  const auto results = run_checks(*session, project.graph(), rows_of(database), {"main"}, {});
  using Outcome = CheckResult::Outcome;
  REQUIRE(results.size() == 7);
  CHECK(results[0].outcome == Outcome::holds);
  CHECK(results[1].outcome == Outcome::violated);
  CHECK(results[1].says == "2 rows");
  CHECK(results[1].is_fatal());
  CHECK(results[2].outcome == Outcome::holds);
  CHECK(results[3].outcome == Outcome::holds);
  CHECK(results[4].says == "2, expected 3");
  CHECK_FALSE(results[4].is_fatal());
  CHECK(results[5].outcome == Outcome::failed);
  CHECK(results[5].says == "column \"nothing\" does not exist (SQLSTATE 42703)");
  CHECK(results[6].outcome == Outcome::failed);
  CHECK(database.ask("SELECT count(*) FROM t") == "2");
}

TEST_CASE("an information shows its value, of several rows their number, and never fails", "[validation]") {
  TestDatabase database;
  Project project;
  project.write("001_a.yaml", R"yaml(up: {sql: "CREATE TABLE t (x integer); INSERT INTO t VALUES (1), (2)"}
down: {sql: DROP TABLE t}
checks:
  - {name: value, sql: SELECT sum(x) FROM t;, severity: info}
  - {name: nothing, sql: SELECT max(x) FROM t WHERE x > 5, severity: info}
  - {name: rows, sql: SELECT x FROM t, severity: info}
  - {name: setting, sql: "SELECT current_setting('dbmigrate.recent_writes_after')::interval", severity: info}
)yaml");
  upgrade(database, project, "001_a");
  const auto session = database.connect();
  std::vector<std::string> says;
  const CheckSettings settings{.recent_writes_after = Milliseconds{90'000}};
  for (const auto& one : run_checks(*session, project.graph(), rows_of(database), {"main"}, settings)) {
    CHECK(one.outcome == CheckResult::Outcome::holds);
    says.push_back(one.says);
  }
  CHECK(says == std::vector<std::string>{"3", "none", "2 rows", "00:01:30"});
}

TEST_CASE("records are counted, or it is said why not", "[validation]") {
  TestDatabase database;
  database.run("CREATE TABLE t (x integer); INSERT INTO t SELECT generate_series(1, 7)");
  const auto session = database.connect();
  const auto counts = count_records(*session, {"public.t", "public.gone"});
  REQUIRE(counts.size() == 2);
  CHECK(counts[0].rows == "7");
  CHECK(counts[1].rows == "not counted: relation \"public.gone\" does not exist");
}

}  // namespace dbmigrate::tests
