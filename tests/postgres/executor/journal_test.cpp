// Revisions that cannot be one transaction.
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

Error failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error({.message = "nothing failed"});
}

constexpr std::string_view kNone = "-- dbmigrate: transaction=none\n";

}  // namespace

TEST_CASE("a failed step is gone on with after the fix", "[executor]") {
  TestDatabase database;
  Project project;
  const std::string start = std::string(kNone) + "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n";
  project.migration("0001_a", start + "INSERT INTO a VALUES ('x');\nINSERT INTO a VALUES (3);\n", "DROP TABLE a;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(error.info().sqlstate == "22P02");
  CHECK(error.info().at->line == 4);
  CHECK(database.ask("SELECT state, direction, steps_done, steps_total FROM dbmigrate.version") ==
        "in_progress|upgrade|2|4");

  SECTION("the steps behind may change") {
    project.write("0001_a.up.sql", start + "INSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);\n");
    upgrade(database, project);
    CHECK(database.ask("SELECT state, steps_done, steps_total FROM dbmigrate.version") == "applied|4|4");
    CHECK(database.ask("SELECT string_agg(id::text, ',' ORDER BY id) FROM a") == "1,2,3");
  }
  SECTION("the steps that are done may not") {
    project.write("0001_a.up.sql", std::string(kNone) + "CREATE TABLE a (id int);\nINSERT INTO a VALUES (9);\n");
    CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::checksum_mismatch);
    CHECK(database.ask("SELECT string_agg(id::text, ',') FROM a") == "1");
  }
}

TEST_CASE("a revision that is gone on with need not meet what its own steps have changed", "[executor]") {
  TestDatabase database;
  Project project;
  database.run("CREATE TABLE a (old int, kept int); CREATE TABLE b (id int); INSERT INTO b VALUES (1), (1)");
  const std::string start =
      "transaction: step\nrequires:\n  - column: a.old\n  - sql: SELECT old FROM a\n    empty: true\n"
      "up:\n  - sql: ALTER TABLE a DROP COLUMN old\n";
  project.write("0001_a.yaml", start + "  - sql: CREATE UNIQUE INDEX once ON b (id)\ndown: {sql: DROP INDEX once}\n");
  CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT state, steps_done, steps_total FROM dbmigrate.version") == "in_progress|1|2");
  database.run("DELETE FROM b");
  upgrade(database, project);
  CHECK(database.ask("SELECT state, steps_done, steps_total FROM dbmigrate.version") == "applied|2|2");
}

TEST_CASE("a concurrent index is built, and rebuilt over an invalid leftover", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);", "DROP TABLE a;");
  project.migration("0002_i", std::string(kNone) + "CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);",
                    std::string(kNone) + "DROP INDEX CONCURRENTLY i;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(error.info().sqlstate == "23505");
  CHECK(database.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "f");

  database.run("DELETE FROM a; INSERT INTO a VALUES (1)");
  RecordingObserver observer;
  upgrade(database, project, "head", &observer);
  CHECK(database.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "t");
  REQUIRE(observer.all<IndexRecovered>().size() == 1);
  CHECK(observer.all<IndexRecovered>()[0].dropped);

  downgrade(database, project, "-1");
  CHECK(database.ask("SELECT to_regclass('i')") == "NULL");
  CHECK(database.ask("SELECT revision FROM dbmigrate.version") == "0001_a");
}

TEST_CASE("an index that was built but not recorded is recognised", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.migration("0002_i", std::string(kNone) + "CREATE INDEX CONCURRENTLY i ON a (id);",
                    std::string(kNone) + "DROP INDEX CONCURRENTLY i;");
  upgrade(database, project);
  database.run("UPDATE dbmigrate.version SET state = 'in_progress', steps_done = 0 WHERE revision = '0002_i'");
  RecordingObserver observer;
  upgrade(database, project, "head", &observer);
  REQUIRE(observer.all<IndexRecovered>().size() == 1);
  CHECK_FALSE(observer.all<IndexRecovered>()[0].dropped);
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_i'") == "applied");
}

TEST_CASE("somebody else's index of the same name is not taken for ours", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int, b int);", "DROP TABLE a;");
  project.migration("0002_i", std::string(kNone) + "CREATE INDEX CONCURRENTLY i ON a (id);",
                    std::string(kNone) + "DROP INDEX CONCURRENTLY i;");
  upgrade(database, project, "0001");
  database.run("CREATE INDEX i ON a (b)");
  CHECK(failure_of([&] { upgrade(database, project); }).info().sqlstate == "42P07");
}

TEST_CASE("steps commit one by one, settings stay between statements outside", "[executor]") {
  TestDatabase database;
  Project project;
  project.write(
      "0001_a.yaml",
      "transaction: step\nup:\n  - sql: CREATE TABLE a (x xid8)\n  - sql: INSERT INTO a VALUES (pg_current_xact_id())\n"
      "  - sql: INSERT INTO a VALUES (pg_current_xact_id())\ndown:\n  - sql: DROP TABLE a\n");
  project.write("0002_b.up.sql", std::string(kNone) +
                                     "SET search_path = pg_temp;\nCREATE TABLE public.b (id int);\n"
                                     "CREATE INDEX CONCURRENTLY b_id ON public.b (id);\nRESET search_path;\n"
                                     "CREATE TABLE c (id int);\n");
  project.write("0002_b.down.sql", "DROP TABLE c; DROP TABLE b;");
  upgrade(database, project);
  CHECK(database.ask("SELECT count(DISTINCT x) FROM a") == "2");
  CHECK(database.ask("SELECT to_regclass('public.c') IS NOT NULL") == "t");
  CHECK(database.ask("SELECT steps_total FROM dbmigrate.version ORDER BY revision") == "3\n5");
}

TEST_CASE("CALL and DO outside a transaction need a word", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", std::string(kNone) + "DO $$ BEGIN END $$;", "SELECT 1;");
  CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::invalid_descriptor);
  project.remove("0001_a.up.sql");
  project.remove("0001_a.down.sql");
  project.write("0001_a.yaml",
                "up:\n  - sql: DO $$ BEGIN COMMIT; END $$\n    transaction: none\n    repeatable: true\ndown:\n  - "
                "sql: SELECT 1\n");
  CHECK(upgrade(database, project).revisions.size() == 1);
}

TEST_CASE("an interrupted downgrade is finished before the upgrade goes on", "[executor]") {
  TestDatabase database;
  Project project;
  project.write("0001_a.yaml",
                "transaction: step\nup:\n  - sql: CREATE TABLE a (id int)\n  - sql: CREATE TABLE b (id int)\n"
                "down:\n  - sql: DROP TABLE b\n  - sql: DROP TABLE a\n");
  upgrade(database, project);
  database.run("CREATE VIEW v AS SELECT * FROM a");
  const auto error = failure_of([&] { downgrade(database, project, "base"); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT state, direction, steps_done FROM dbmigrate.version") == "in_progress|downgrade|1");
  database.run("DROP VIEW v");
  upgrade(database, project);
  CHECK(database.ask("SELECT state, direction FROM dbmigrate.version") == "applied|upgrade");
  CHECK(database.ask("SELECT to_regclass('a') IS NOT NULL, to_regclass('b') IS NOT NULL") == "t|t");
}
