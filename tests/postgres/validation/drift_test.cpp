// What somebody did by hand, on every server version; what adopted, skipped and half-way revisions mean for it.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "catalog/expected_catalog.hpp"
#include "ledger/ledger.hpp"
#include "rehearsal/catalog_replay.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate::tests {
namespace {

RehearsalServer& server() {
  static RehearsalServer one(test_server_binaries(), system_clock());
  return one;
}

void write_catalogs(const Project& project) {
  const auto graph = project.graph();
  for (const auto& file : replay_catalogs(server(), graph, graph.in_order(), [](const RevisionId&) {})) {
    const auto folder = graph.branches().size() == 1 ? "" : file.id.branch + "/";
    project.write(folder + "catalog/" + file.id.name + ".yaml", catalog_file_text(file));
  }
}

Comparison drift(const TestDatabase& database, const RevisionGraph& graph) {
  const auto session = database.connect();
  const auto state = expected_state(graph, Ledger(*session, "dbmigrate").read().rows);
  require_known(state);
  return compare(state.catalog, read_snapshot(*session, "dbmigrate"));
}

std::string text_of_drift(const TestDatabase& database, const Project& project) {
  return review_text(drift(database, project.graph()).differences);
}

/// One of everything that the defects below are about.
class Everything : public Project {
 public:
  explicit Everything(const std::string& header = "") {
    write("001_a.yaml", header + R"yaml(up:
  sql: |
    CREATE TABLE u (id integer PRIMARY KEY);
    CREATE TABLE t (id integer PRIMARY KEY, u integer REFERENCES u, n integer DEFAULT 1 CHECK (n > 0), s text DEFAULT 'a');
    CREATE INDEX i ON t (s);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE u OWNER TO pg_monitor;
    GRANT SELECT ON t TO PUBLIC;
down: {sql: "DROP TABLE t, u; DROP FUNCTION f()"}
)yaml");
    write_catalogs(*this);
  }
};

}  // namespace

TEST_CASE("each thing done by hand is drift, and the only one", "[validation]") {
  TestDatabase database;
  const Everything project;
  upgrade(database, project);
  CHECK(text_of_drift(database, project).empty());
  const auto after = [&](std::string_view sql) {
    database.run(sql);
    return text_of_drift(database, project);
  };
  SECTION("a column's default changed") {
    CHECK(after("ALTER TABLE t ALTER n SET DEFAULT 2") == "changed    column public.t.n\n    default: 1 → 2");
  }
  SECTION("a column's default dropped") {
    CHECK(after("ALTER TABLE t ALTER s DROP DEFAULT") ==
          "changed    column public.t.s\n    default: 'a'::text → (none)");
  }
  SECTION("an index dropped") {
    CHECK(after("DROP INDEX i") == "missing    index public.i: CREATE INDEX i ON public.t USING btree (s)");
  }
  SECTION("a trigger disabled") {
    CHECK(after("ALTER TABLE t DISABLE TRIGGER g") == "changed    trigger public.t.g\n    enabled: (none) → disabled");
  }
  SECTION("constraints left NOT VALID") {
    CHECK(
        after("ALTER TABLE t DROP CONSTRAINT t_u_fkey, ADD CONSTRAINT t_u_fkey FOREIGN KEY (u) REFERENCES u NOT VALID,"
              " DROP CONSTRAINT t_n_check, ADD CONSTRAINT t_n_check CHECK (n > 0) NOT VALID") ==
        "changed    constraint public.t.t_n_check\n    state: (none) → not validated\n"
        "changed    constraint public.t.t_u_fkey\n    state: (none) → not validated");
  }
  SECTION("a function's body edited") {
    CHECK(after("CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")
              .starts_with("changed    function public.f()\n    body digest: "));
  }
  SECTION("a table added") {
    CHECK(after("CREATE TABLE own (x integer)") == "unexpected table public.own (with 1 column)");
  }
  SECTION("a NOT NULL added") {
    CHECK(after("ALTER TABLE t ALTER s SET NOT NULL") ==
          "changed    column public.t.s\n    nullability: (none) → NOT NULL");
  }
  SECTION("an owner and privileges, where the migration sets them") {
    CHECK(after("ALTER TABLE u OWNER TO CURRENT_USER; REVOKE SELECT ON t FROM PUBLIC").find("owner: pg_monitor → ") !=
          std::string::npos);
    CHECK(text_of_drift(database, project).find("privileges: grant SELECT to PUBLIC → (none)") != std::string::npos);
  }
  SECTION("owners and privileges are nobody's business elsewhere") {
    CHECK(after("GRANT SELECT ON u TO PUBLIC; ALTER FUNCTION f() OWNER TO pg_monitor").empty());
  }
}

TEST_CASE("an adopted revision tolerates what was there otherwise, and misses what it needs", "[validation]") {
  TestDatabase database;
  const Everything project("kind: baseline\n");
  database.run(
      "CREATE TABLE u (id integer PRIMARY KEY);"
      "CREATE TABLE t (own text, id integer PRIMARY KEY, u integer REFERENCES u, n integer CHECK (n > 0), s text NOT "
      "NULL);"
      "CREATE INDEX i ON t (s); CREATE INDEX own ON t (own);"
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';"
      "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()");
  upgrade(database, project);
  const auto found = drift(database, project.graph());
  CHECK(review_text(found.differences).empty());
  CHECK_FALSE(found.tolerated.empty());
  database.run("DROP INDEX i; DROP TRIGGER g ON t");
  CHECK(drift(database, project.graph()).differences.size() == 2);
}

TEST_CASE("a skipped revision is expected to have left nothing", "[validation]") {
  TestDatabase database;
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer);", "DROP TABLE t;");
  project.write("002_b.yaml",
                "requires: [{table: public.host, otherwise: skip}]\nup: {sql: CREATE TABLE v (x integer)}\n"
                "down: {sql: DROP TABLE v}\n");
  {
    const auto graph = project.graph();
    const auto files = replay_catalogs(server(), graph, {*graph.find({"main", "001_a"})}, [](const RevisionId&) {});
    project.write("catalog/001_a.yaml", catalog_file_text(files.front()));
  }
  upgrade(database, project);
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '002_b'") == "skipped");
  CHECK(text_of_drift(database, project).empty());
  database.run("CREATE TABLE v (x integer)");
  CHECK(text_of_drift(database, project) == "unexpected table public.v (with 1 column)");
}

TEST_CASE("a held revision that was not run is expected to have left nothing", "[validation]") {
  TestDatabase database;
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer);", "DROP TABLE t;");
  project.write("002_b.yaml",
                "hold: deploy first\nup: {sql: ALTER TABLE t DROP x}\ndown: {sql: ALTER TABLE t ADD x integer}\n");
  write_catalogs(project);
  upgrade(database, project, "001_a");
  database.run("INSERT INTO t VALUES (1)");
  upgrade(database, project);
  CHECK(text_of_drift(database, project).empty());
  upgrade(database, project, "002_b");
  CHECK(text_of_drift(database, project).empty());
  CHECK(database.ask("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'x'") == "0");
}

TEST_CASE("a revision that is half-way makes the expectation unknown", "[validation]") {
  TestDatabase database;
  Project project;
  project.write("001_a.yaml",
                "transaction: step\nup:\n  - sql: CREATE TABLE t (x integer)\n  - sql: SELECT nothing\n"
                "down: {sql: DROP TABLE IF EXISTS t}\n");
  error_of([&] { upgrade(database, project); });
  CHECK(error_of([&] { text_of_drift(database, project); }).detail == "main@001_a: It is half-way.");
}

TEST_CASE("branches that were applied in turn are expected as they stand together", "[validation]") {
  TestDatabase database;
  Project project;
  project.write("one/001_a.up.sql", "CREATE EXTENSION IF NOT EXISTS pgcrypto; CREATE TABLE one (x integer);");
  project.write("one/001_a.down.sql", "DROP TABLE one;");
  project.write("one/002_b.up.sql", "ALTER TABLE one ADD y integer;");
  project.write("one/002_b.down.sql", "ALTER TABLE one DROP y;");
  project.write(
      "two/001_c.yaml",
      "depends_on: [one@001_a]\nup: {sql: \"CREATE EXTENSION IF NOT EXISTS pgcrypto; ALTER TABLE one ADD z text\"}\n"
      "down: {sql: ALTER TABLE one DROP z}\n");
  project.write("two/002_d.up.sql", "CREATE INDEX z ON one (z);");
  project.write("two/002_d.down.sql", "DROP INDEX z;");
  write_catalogs(project);
  for (const std::string target : {"one@001_a", "two@001_c", "one@002_b", "two@002_d"}) {
    upgrade(database, project, target);
    INFO(target);
    CHECK(text_of_drift(database, project).empty());
  }
  downgrade(database, project, "two@001_c");
  CHECK(text_of_drift(database, project).empty());
  downgrade(database, project, "one@001_a");
  CHECK(text_of_drift(database, project).empty());
}

TEST_CASE("the shipped catalog files fit on every server", "[validation]") {
  TestDatabase database;
  const RevisionGraph graph(MigrationDirectory(DBMIGRATE_SHIPPED_MIGRATIONS).load());
  RecordingObserver observer;
  Executor executor(options_for(database), system_clock(), observer);
  std::vector<std::string> branches;
  for (const auto& branch : graph.branches()) branches.push_back(branch.name);
  executor.run([&](Session&, const LedgerState& state) {
    return plan_upgrade(graph, state.rows, "head",
                        {.branches = branches, .through_holds = true, .branches_with_rows = {}});
  });
  CHECK(review_text(drift(database, graph).differences).empty());
  database.run(
      "ALTER TABLE documents ALTER updated_at DROP NOT NULL; DROP INDEX idx_signals_status;"
      "ALTER TABLE audit_queries ALTER created_at SET DEFAULT clock_timestamp()");
  CHECK(drift(database, graph).differences.size() == 3);
}

}  // namespace dbmigrate::tests
