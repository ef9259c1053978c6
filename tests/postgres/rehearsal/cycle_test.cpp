// Downgrades that restore, and those that forget something.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/cycle.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rehearsal/catalog_replay.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/project.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

using What = CycleDifference::What;
using When = CycleDifference::When;

RehearsalServer& server() {
  static RehearsalServer one(test_server_binaries(), system_clock());
  return one;
}

std::vector<CycledRevision> cycled(const Project& project, const std::filesystem::path& fixtures = {}) {
  const auto graph = project.graph();
  const Fixtures rows(graph, fixtures);
  CycleOptions options;
  options.fixtures = &rows;
  return cycle(server(), graph, graph.in_order(), options);
}

const CycledRevision& one_of(const std::vector<CycledRevision>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

void write_catalogs(const Project& project) {
  const auto graph = project.graph();
  for (const auto& file : replay_catalogs(server(), graph, graph.in_order(), [](const RevisionId&) {})) {
    project.write("catalog/" + file.id.name + ".yaml", catalog_file_text(file));
  }
}

/// What a difference is about and says, on one line.
std::string text_of(const CycleDifference& one) {
  std::string text = std::string(name_of(one.what)) + " after " + std::string(name_of(one.when)) + ": ";
  if (!one.difference) return text + one.object + (one.object.empty() ? "" : ", ") + one.text;
  text += std::string(name_of(one.difference->kind)) + " " + one.object;
  for (const auto& change : one.difference->changes) text += ", " + change.property;
  return text;
}

std::vector<std::string> texts_of(const CycledRevision& revision) {
  std::vector<std::string> texts;
  for (const auto& one : revision.differences) texts.push_back(text_of(one));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a downgrade that undoes its upgrade restores", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (id integer PRIMARY KEY, x text DEFAULT 'a');", "DROP TABLE t;");
  project.migration("002_b", "CREATE INDEX i ON t (x); INSERT INTO t VALUES (7);",
                    "DELETE FROM t WHERE id = 7; DROP INDEX i;");
  project.write("003_c.up.sql", "-- dbmigrate: transaction=none\nCREATE INDEX CONCURRENTLY j ON t (x);\n");
  project.write("003_c.down.sql", "-- dbmigrate: transaction=none\nDROP INDEX CONCURRENTLY j;\n");
  project.write(
      "004_d.yaml",
      "hold: deploy first\nup:\n  - sql: ALTER TABLE t ADD y integer\n  - backfill: {name: b, table: t, key: id, "
      "where: y IS NULL, sql: 'UPDATE t SET y = 1 FROM batch WHERE batch.id = t.id'}\n"
      "down: {sql: ALTER TABLE t DROP y}\n");
  project.write("fixtures/002_b.sql", "COPY t (id, x) FROM stdin;\n1\ta\n2\t\\N\n\\.\n");
  const auto all = cycled(project);
  for (const auto& one : all) {
    INFO(one.id.text());
    CHECK(texts_of(one) == Texts{});
    CHECK(one.verdict == CycleVerdict::restores);
    CHECK(one.held == (one.id.name == "004_d"));
    CHECK(one.ways == Texts{"run"});
  }
  CHECK(all.size() == 4);
  // The column was filled, and its downgrade drops what was in it; the throwaway rows are let go, and that is told.
  REQUIRE(one_of(all, "004_d").notes.size() == 1);
  CHECK(one_of(all, "004_d").notes.front().starts_with("It asks for --allow-data-loss: "));
}

TEST_CASE("everything that a downgrade forgets is named", "[rehearsal]") {
  Project project;
  project.migration("001_a",
                    "CREATE TABLE t (id integer PRIMARY KEY, b integer, d integer DEFAULT 1, n text NOT NULL);"
                    "COMMENT ON TABLE t IS 'first';"
                    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                    "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
                    "ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0);",
                    "DROP TABLE t; DROP FUNCTION f();");
  project.write("fixtures/002_index.sql", "INSERT INTO t VALUES (1, 1, 1, 'a'), (2, 2, 2, 'b'), (3, 3, 3, 'c');");
  project.migration("002_index", "CREATE INDEX i ON t (b);", "SELECT 1;");
  project.migration("003_type", "ALTER TABLE t ALTER b TYPE bigint;", "SELECT 1;");
  project.migration("004_default", "ALTER TABLE t ALTER d SET DEFAULT 2;", "ALTER TABLE t ALTER d DROP DEFAULT;");
  project.migration("005_comment", "COMMENT ON TABLE t IS 'second';", "COMMENT ON TABLE t IS NULL;");
  project.migration("006_row", "DELETE FROM t WHERE id = 1;", "SELECT 1;");
  project.migration("007_value", "UPDATE t SET n = 'x' WHERE id = 2;", "SELECT 1;");
  project.migration("008_privilege", "GRANT SELECT ON t TO PUBLIC;", "SELECT 1;");
  project.migration("009_trigger", "DROP TRIGGER g ON t;", "SELECT 1;");
  project.migration("010_body",
                    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';",
                    "SELECT 1;");
  project.migration("011_owner", "ALTER TABLE t OWNER TO pg_monitor;", "SELECT 1;");
  project.migration("012_nullable", "ALTER TABLE t ALTER n DROP NOT NULL;", "SELECT 1;");
  project.migration("013_validated", "ALTER TABLE t DROP CONSTRAINT positive;",
                    "ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;");
  project.migration("014_enum", "CREATE TYPE e AS ENUM ('a');", "SELECT 1;");
  project.migration("015_left", "INSERT INTO t VALUES (9, 9, 9, 'z');", "SELECT 1;");
  const auto all = cycled(project);

  const auto is = [&](std::string_view name, CycleVerdict verdict, const Texts& texts) {
    INFO(name);
    CHECK(one_of(all, name).verdict == verdict);
    CHECK(texts_of(one_of(all, name)) == texts);
  };
  is("001_a", CycleVerdict::restores, {});
  is("002_index", CycleVerdict::differs,
     {"object after downgrade: unexpected index public.i",
      "failure after second upgrade: relation \"i\" already exists (SQLSTATE 42P07), " +
          one_of(all, "002_index")
              .differences.at(1)
              .text.substr(one_of(all, "002_index").differences.at(1).text.rfind(", ") + 2)});
  is("003_type", CycleVerdict::differs, {"object after downgrade: changed column public.t.b, type"});
  is("004_default", CycleVerdict::differs, {"object after downgrade: changed column public.t.d, default"});
  is("005_comment", CycleVerdict::differs, {"object after downgrade: changed table public.t, comment"});
  is("006_row", CycleVerdict::differs, {"rows_lost after downgrade: table public.t, 1 row of 3 gone"});
  is("007_value", CycleVerdict::differs,
     {"rows_lost after downgrade: table public.t, 1 row of 2 with other values in n"});
  is("008_privilege", CycleVerdict::differs, {"object after downgrade: changed table public.t, privileges"});
  is("010_body", CycleVerdict::differs, {"object after downgrade: changed function public.f(), body"});
  is("011_owner", CycleVerdict::differs, {"object after downgrade: changed table public.t, owner"});
  is("012_nullable", CycleVerdict::differs, {"object after downgrade: changed column public.t.n, nullability"});
  is("013_validated", CycleVerdict::differs, {"object after downgrade: changed constraint public.t.positive, state"});
  CHECK(texts_of(one_of(all, "009_trigger")).at(0) == "object after downgrade: missing trigger public.t.g");
  CHECK(texts_of(one_of(all, "014_enum")).at(0) == "object after downgrade: unexpected type public.e");
  CHECK(one_of(all, "015_left").verdict == CycleVerdict::rows_left);
  CHECK(texts_of(one_of(all, "015_left")).at(0) == "rows_left after downgrade: table public.t, 1 row is left over");
}

TEST_CASE("a column that came back stands last, and that passes", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (a integer, b integer, c integer);", "DROP TABLE t;");
  project.migration("002_b", "ALTER TABLE t DROP b;", "ALTER TABLE t ADD b integer;");
  project.migration("003_c", "ALTER TABLE t DROP a, ADD z integer;", "ALTER TABLE t DROP z, ADD a integer NOT NULL;");
  const auto all = cycled(project);
  CHECK(one_of(all, "002_b").verdict == CycleVerdict::order_only);
  CHECK(texts_of(one_of(all, "002_b")) == Texts{"order after downgrade: changed table public.t, column order"});
  CHECK(one_of(all, "002_b").differences.at(0).difference->changes ==
        std::vector<PropertyChange>{{"column order", "a, b, c", "a, c, b"}});
  CHECK(one_of(all, "003_c").verdict == CycleVerdict::differs);
}

TEST_CASE("what depends on the day passes and is named", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer); CREATE TABLE u (at timestamptz);", "DROP TABLE t, u;");
  project.migration(
      "002_archive", "DO $$BEGIN EXECUTE 'ALTER TABLE t RENAME TO t_archived_' || to_char(now(), 'YYYYMMDD'); END$$;",
      "DO $$BEGIN EXECUTE 'ALTER TABLE t_archived_' || to_char(now(), 'YYYYMMDD') || ' RENAME TO t'; END$$;");
  project.migration("003_since",
                    "DO $$BEGIN EXECUTE format('ALTER TABLE u ALTER at SET DEFAULT %L', clock_timestamp()); END$$;",
                    "ALTER TABLE u ALTER at DROP DEFAULT;");
  project.migration("004_month",
                    "DO $$BEGIN EXECUTE 'CREATE TABLE log_' || to_char(now(), 'YYYY_MM') || ' (x integer)'; END$$;",
                    "DO $$BEGIN EXECUTE 'DROP TABLE log_' || to_char(now(), 'YYYY_MM'); END$$;");
  project.migration("005_written", "COMMENT ON TABLE u IS 'since 2001-02-03';", "COMMENT ON TABLE u IS NULL;");
  const auto all = cycled(project);
  for (const auto* const name : {"002_archive", "003_since", "004_month"}) {
    INFO(name);
    CHECK(one_of(all, name).verdict == CycleVerdict::clock);
    CHECK_FALSE(one_of(all, name).differences.empty());
  }
  CHECK(texts_of(one_of(all, "002_archive")) ==
        Texts{"clock after upgrade: table public.t_archived_YYYYMMDD, has the day on which the revision runs in it"});
  CHECK(texts_of(one_of(all, "003_since")).back() == "clock after second upgrade: changed column public.u.at, default");
  CHECK(one_of(all, "005_written").verdict == CycleVerdict::restores);
}

TEST_CASE("what restores only together with its neighbours is told apart", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer NOT NULL);", "DROP TABLE t;");
  project.migration("002_b", "CREATE TABLE u (x integer);", "DROP TABLE u; ALTER TABLE t ALTER x SET NOT NULL;");
  project.migration("003_c", "ALTER TABLE t ALTER x DROP NOT NULL;", "SELECT 1;");
  const auto all = cycled(project);
  const auto& grouped = one_of(all, "003_c");
  CHECK(grouped.verdict == CycleVerdict::group);
  CHECK(grouped.group == std::vector<RevisionId>{{"main", "003_c"}, {"main", "002_b"}});
  CHECK(texts_of(grouped) == Texts{"object after downgrade: changed column public.t.x, nullability"});
  CHECK_FALSE(passes(grouped.verdict));
}

TEST_CASE("downgrades that fail and upgrades that run only once are told", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer);", "DROP TABLE t;");
  project.migration("002_down", "CREATE TABLE u (x integer);", "DROP TABLE nowhere;");
  project.write("004_oneway.up.sql", "-- dbmigrate: irreversible=the rows are gone\nDELETE FROM t;\n");
  project.migration("005_after", "CREATE INDEX i ON t (x);", "DROP INDEX i;");
  project.write("006_skips.yaml",
                "requires: [{table: nowhere, otherwise: skip}]\nup: {sql: SELECT 1}\ndown: {sql: SELECT 1}\n");
  project.migration("007_child", "SELECT 1;", "SELECT 1;");
  Project once;
  once.migration("001_role", "CREATE ROLE cycle_test_once;", "SELECT 1;");
  once.migration("002_child", "SELECT 1;", "SELECT 1;");
  const auto all = cycled(project);
  CHECK(one_of(all, "002_down").verdict == CycleVerdict::down_fails);
  CHECK(texts_of(one_of(all, "002_down"))
            .at(0)
            .find("failure after downgrade: table \"nowhere\" does not exist (SQLSTATE 42P01), ") == 0);
  const auto only_once = cycled(once);
  CHECK(one_of(only_once, "001_role").verdict == CycleVerdict::up_again_fails);
  CHECK(texts_of(one_of(only_once, "001_role")).at(0).find("failure after second upgrade: role ") == 0);
  CHECK(one_of(only_once, "002_child").verdict == CycleVerdict::skipped);
  CHECK(one_of(only_once, "002_child").notes == Texts{"It builds on main@001_role, which does not run once more."});
  CHECK(one_of(all, "004_oneway").verdict == CycleVerdict::irreversible);
  CHECK(one_of(all, "004_oneway").notes == Texts{"It says: the rows are gone."});
  CHECK(one_of(all, "005_after").verdict == CycleVerdict::restores);
  CHECK(one_of(all, "006_skips").verdict == CycleVerdict::skipped);
  CHECK(one_of(all, "007_child").verdict == CycleVerdict::skipped);
  CHECK(one_of(all, "007_child").notes == Texts{"It builds on main@006_skips, which is skipped."});
}

TEST_CASE("a baseline is cycled run and adopted", "[rehearsal]") {
  Project project;
  project.write("001_base.yaml", "kind: baseline\nup: {sql: CREATE TABLE t (x integer)}\ndown: {sql: DROP TABLE t}\n");
  project.migration("002_b", "CREATE INDEX i ON t (x);", "DROP INDEX i;");
  project.write("fixtures/002_b.sql", "INSERT INTO t VALUES (1), (2);");
  SECTION("with its catalog file") {
    write_catalogs(project);
    const auto all = cycled(project);
    CHECK(one_of(all, "001_base").ways == Texts{"run", "adopted"});
    CHECK(one_of(all, "001_base").verdict == CycleVerdict::restores);
  }
  SECTION("without it the baseline cannot be adopted") {
    const auto all = cycled(project);
    CHECK(one_of(all, "001_base").verdict == CycleVerdict::up_again_fails);
    CHECK(texts_of(one_of(all, "001_base"))
              .at(0)
              .find("failure after adopting: revision main@001_base finds its tables there already") == 0);
  }
}

TEST_CASE("rows that a downgrade may leave are allowed by name and told", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer, at timestamptz);", "DROP TABLE t;");
  project.migration("002_b", "INSERT INTO t VALUES (2);", "UPDATE t SET at = clock_timestamp() WHERE x = 1;");
  const std::string rows = "INSERT INTO t VALUES (1, '2025-01-01');";
  project.write("fixtures/002_b.sql", rows);
  CHECK(one_of(cycled(project), "002_b").verdict == CycleVerdict::differs);
  project.write("fixtures/002_b.sql",
                "-- dbmigrate: allow rows_left public.t it is a log\n"
                "-- dbmigrate: allow differs public.t.at it is the last look\n" +
                    rows);
  const auto all = cycled(project);
  const auto& allowed = one_of(all, "002_b");
  CHECK(allowed.notes == Texts{"Allowed: table public.t, 1 row is left over: it is a log.",
                               "Allowed: the values of public.t.at differ: it is the last look."});
  // It runs again and leaves another one, which nobody has allowed.
  CHECK(texts_of(allowed) ==
        Texts{"row_count after second upgrade: table public.t, 2 rows after the first upgrade, 3 after the second"});

  project.write(
      "fixtures/002_b.sql",
      "-- dbmigrate: allow rows_left public.u it is gone\n-- dbmigrate: allow differs public.t.gone it is none\n" + rows);
  const auto useless = cycled(project);
  CHECK(one_of(useless, "002_b").notes == Texts{"Allowed, but not so: rows are left over in public.u.",
                                                "Allowed, but not so: the values of public.t.gone differ."});
}

TEST_CASE("fixtures that nobody would load are refused", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer);", "DROP TABLE t;");
  const auto refusal = [&](const std::filesystem::path& folder = {}) {
    return error_of([&] { cycled(project, folder); });
  };
  SECTION("of no revision") {
    project.write("fixtures/001_b.sql", "SELECT 1;");
    CHECK(refusal().message.find("001_b.sql is of no revision") != std::string::npos);
    CHECK(refusal().hint.find("Did you mean \"001_a\"?") == 0);
  }
  SECTION("in a folder that is not there") { CHECK(refusal("/nowhere/at/all").code == ErrorCode::file_unreadable); }
  SECTION("with an allowance that gives no reason") {
    project.write("fixtures/001_a.sql", "-- dbmigrate: allow rows_left public.t\n");
    CHECK(refusal().message == "allow gives no reason");
  }
  SECTION("with an allowance for nothing that is known") {
    project.write("fixtures/001_a.sql", "-- dbmigrate: allow everything public.t because\n");
    CHECK(refusal().message == "a fixture has rows and what is allowed to happen to them");
  }
  SECTION("that fail") {
    project.write("fixtures/001_a.sql", "SELECT 1;\nINSERT INTO nowhere VALUES (1);\n");
    CHECK(refusal().sqlstate == "42P01");
    CHECK(refusal().at->line == 2);
  }
  SECTION("that end their transaction") {
    project.write("fixtures/001_a.sql", "COMMIT;\n");
    CHECK(refusal().code == ErrorCode::transaction_control);
  }
}

TEST_CASE("fixtures come from a folder of the caller's", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (x integer);", "DROP TABLE t;");
  project.migration("002_b", "DELETE FROM t;", "SELECT 1;");
  Project elsewhere;
  elsewhere.write("002_b.sql", "INSERT INTO t VALUES (1);");
  CHECK(one_of(cycled(project), "002_b").verdict == CycleVerdict::restores);
  CHECK(one_of(cycled(project, elsewhere.directory()), "002_b").verdict == CycleVerdict::differs);
  Project by_branch;
  by_branch.write("main/002_b.sql", "INSERT INTO t VALUES (1);");
  CHECK(one_of(cycled(project, by_branch.directory()), "002_b").verdict == CycleVerdict::differs);
}

TEST_CASE("side branches are cycled on what they build on, and merges on both", "[rehearsal]") {
  Project project;
  project.write("001_a.yaml", "up: {sql: CREATE TABLE t (x integer)}\ndown: {sql: DROP TABLE t}\n");
  project.write("002_left.yaml",
                "down_revision: 001_a\nup: {sql: CREATE TABLE l (x integer)}\ndown: {sql: DROP TABLE l}\n");
  project.write("002_right.yaml",
                "down_revision: 001_a\nup: {sql: CREATE TABLE r (x integer)}\ndown: {sql: DROP TABLE r}\n");
  project.write("003_merge.yaml",
                "down_revision: [002_left, 002_right]\nup: {sql: CREATE VIEW v AS SELECT l.x FROM l JOIN r USING (x)}\n"
                "down: {sql: DROP VIEW v}\n");
  for (const auto& one : cycled(project)) {
    INFO(one.id.text());
    CHECK(one.verdict == CycleVerdict::restores);
  }
}

TEST_CASE("an upgrade that fails ends the cycle with its error", "[rehearsal]") {
  Project project;
  project.migration("001_a", "SELECT nothing;", "SELECT 1;");
  CHECK(error_of([&] { cycled(project); }).sqlstate == "42703");
}

TEST_CASE("the shipped branches restore on every server", "[rehearsal]") {
  const RevisionGraph graph(MigrationDirectory(DBMIGRATE_SHIPPED_MIGRATIONS).load());
  const Fixtures rows(graph, {});
  CycleOptions options;
  options.fixtures = &rows;
  const auto all = cycle(server(), graph, graph.in_order(), options);
  CHECK(all.size() == graph.size());
  for (const auto& one : all) {
    INFO(one.id.text());
    const auto expected = one.id.name == "004_retire_raw_text"        ? CycleVerdict::order_only
                          : one.id.name == "008_retire_legacy_tables" ? CycleVerdict::clock
                                                                      : CycleVerdict::restores;
    CHECK(name_of(one.verdict) == name_of(expected));
    for (const auto& text : texts_of(one)) UNSCOPED_INFO(text);
    CHECK(passes(one.verdict));
  }
}

}  // namespace dbmigrate::tests
