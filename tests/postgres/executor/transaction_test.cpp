// Revisions that are one transaction each.
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "support/catch.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

std::string versions(TestDatabase& database) {
  return database.ask("SELECT revision, state FROM dbmigrate.version ORDER BY revision");
}

Error failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error({.message = "nothing failed"});
}

}  // namespace

TEST_CASE("an upgrade leaves its objects and its rows", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_users", "CREATE TABLE users (id int);", "DROP TABLE users;");
  project.migration("0002_names", "ALTER TABLE users ADD name text;\nCREATE INDEX ON users (name);",
                    "ALTER TABLE users DROP name;");

  const auto outcome = upgrade(database, project);
  CHECK(outcome.revisions.size() == 2);
  CHECK(versions(database) == "0001_users|applied\n0002_names|applied");
  CHECK(database.ask("SELECT steps_done, steps_total, parents FROM dbmigrate.version ORDER BY revision") ==
        "1|1|{}\n1|1|{0001_users}");
  CHECK(database.ask("SELECT event, revision, to_state FROM dbmigrate.history ORDER BY id") ==
        "upgrade|0001_users|applied\nupgrade|0002_names|applied");

  SECTION("a second one changes nothing") {
    CHECK(upgrade(database, project).revisions.empty());
    CHECK(database.ask("SELECT count(*) FROM dbmigrate.history") == "2");
  }
  SECTION("a downgrade takes back one after the other") {
    CHECK(downgrade(database, project, "-1").revisions.size() == 1);
    CHECK(versions(database) == "0001_users|applied");
    CHECK(downgrade(database, project, "base").revisions.size() == 1);
    CHECK(versions(database).empty());
    CHECK(database.ask("SELECT to_regclass('users')") == "NULL");
  }
  SECTION("a downgrade needs no files") {
    project.remove("0002_names.up.sql");
    project.remove("0002_names.down.sql");
    downgrade(database, project, "0001");
    CHECK(versions(database) == "0001_users|applied");
  }
}

TEST_CASE("a failing statement leaves nothing of its revision", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_users", "CREATE TABLE users (id int, email text);", "DROP TABLE users;");
  project.migration(
      "0002_more", "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE VIEW v AS\n  SELECT emial FROM users;\n",
      "DROP VIEW v;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::migration_failed);
  CHECK(error.info().sqlstate == "42703");
  REQUIRE(error.info().at);
  CHECK(error.info().at->line == 4);
  CHECK(error.info().at->column == 10);
  CHECK(versions(database) == "0001_users|applied");
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
  CHECK(database.ask("SELECT event, revision, sqlstate, line FROM dbmigrate.history ORDER BY id DESC LIMIT 1") ==
        "failure|0002_more|42703|4");
}

TEST_CASE("an error without a position is that of the statement that raised it", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration(
      "0001_a",
      "CREATE TABLE a (id int PRIMARY KEY);\n\nINSERT INTO a VALUES (1);\n-- again\nINSERT INTO a VALUES (1);\n",
      "DROP TABLE a;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.info().sqlstate == "23505");
  REQUIRE(error.info().at);
  CHECK(error.info().at->line == 5);
  CHECK(error.info().at->column == 0);
  CHECK(database.ask("SELECT message ~ 'duplicate key' FROM dbmigrate.history WHERE event = 'failure'") == "t");
}

TEST_CASE("a syntax error anywhere in a file points at its place", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE ä (id int);\nSELECT 'ü', FROM ä;\n", "DROP TABLE ä;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.info().sqlstate == "42601");
  REQUIRE(error.info().at);
  CHECK(error.info().at->line == 2);
  CHECK(error.info().at->column == 13);
}

TEST_CASE("deferred constraints are judged by COMMIT and leave nothing", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a",
                    "CREATE TABLE a (id int PRIMARY KEY, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\n"
                    "INSERT INTO a VALUES (1, 2);",
                    "DROP TABLE a;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::migration_failed);
  CHECK(error.info().sqlstate == "23503");
  CHECK(versions(database).empty());
}

TEST_CASE("COPY data in a file is sent as data", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration(
      "0001_a",
      "CREATE TABLE a (id int, name text);\nCOPY a FROM STDIN;\n1\tone; two\n2\t\\N\n\\.\nUPDATE a SET id = id + 10;\n"
      "COPY a (id) FROM STDIN;\n30\n\\.\n",
      "DROP TABLE a;");
  upgrade(database, project);
  CHECK(database.ask("SELECT * FROM a ORDER BY id") == "11|one; two\n12|NULL\n30|NULL");
}

TEST_CASE("role and settings of a file end with it", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration(
      "0001_a",
      "CREATE SCHEMA hidden; SET search_path = hidden; SET statement_timeout = 1; RESET statement_timeout;"
      "CREATE TABLE a (id int); SELECT pg_catalog.set_config('search_path', '', false);",
      "DROP SCHEMA hidden CASCADE;");
  project.migration("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;");
  upgrade(database, project);
  CHECK(database.ask("SELECT to_regclass('public.b') IS NOT NULL, to_regclass('hidden.a') IS NOT NULL") == "t|t");
}

TEST_CASE("a file may quote what would break a clumsy runner", "[executor]") {
  TestDatabase database;
  Project project;
  // PostgreSQL 13 does not have the body without quotes.
  const bool old = std::stoi(database.ask("SHOW server_version_num")) < 140'000;
  const std::string body = old ? "AS $f$ SELECT CASE WHEN true THEN 1 END; SELECT 2 $f$"
                               : "BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
  project.migration(
      "0001_a",
      "CREATE TABLE a (t text);\nINSERT INTO a VALUES ($dbmigrate$ ; $x$ ' $dbmigrate$), (E'\\'; --'), ('/*');\n"
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql " +
          body +
          ";\n"
          "DO $$ BEGIN PERFORM 1; END $$ -- no semicolon at the end",
      "DROP FUNCTION f(); DROP TABLE a;");
  upgrade(database, project);
  CHECK(database.ask("SELECT count(*), f() FROM a") == "3|2");
  auto options = options_for(database, "downgrade");
  options.allow_data_loss = true;
  downgrade(database, project, "base", nullptr, &options);
  CHECK(versions(database).empty());
}

TEST_CASE("transaction control in a transactional file is refused beforehand", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);\nCOMMIT;\nCREATE TABLE b (id int);", "DROP TABLE a;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::invalid_descriptor);
  CHECK(error.info().at->line == 2);
  CHECK(database.ask("SELECT to_regclass('dbmigrate.version'), to_regclass('a')") == "NULL|NULL");
}

TEST_CASE("a statement that cannot run in a transaction names the setting to add", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.migration("0002_i", "CREATE INDEX CONCURRENTLY i ON a (id);", "DROP INDEX i;");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::invalid_descriptor);
  CHECK(error.info().hint.find("transaction=none") != std::string::npos);
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
}

TEST_CASE("a whole run in one transaction leaves all or nothing", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.migration("0002_b", "CREATE TABLE b (id nosuchtype);", "DROP TABLE b;");
  auto options = options_for(database);
  options.single_transaction = true;
  CHECK(failure_of([&] { upgrade(database, project, "head", nullptr, &options); }).info().sqlstate == "42704");
  CHECK(versions(database).empty());
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");

  project.write("0002_b.up.sql", "CREATE TABLE b (id int);");
  CHECK(upgrade(database, project, "head", nullptr, &options).revisions.size() == 2);
  CHECK(database.ask("SELECT count(DISTINCT xmin::text) FROM dbmigrate.version") == "1");
}

TEST_CASE("a whole run in one transaction needs every requirement before it starts", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.write("0002_b.yaml",
                "requires:\n  - view: v\nup:\n  - sql: CREATE TABLE b (id int)\ndown:\n  - sql: DROP TABLE b\n");
  auto options = options_for(database);
  options.single_transaction = true;
  CHECK(failure_of([&] { upgrade(database, project, "head", nullptr, &options); }).code() ==
        ErrorCode::requirement_unmet);
  CHECK(database.ask("SELECT to_regclass('a'), to_regclass('b')") == "NULL|NULL");

  database.run("CREATE VIEW v AS SELECT 1");
  CHECK(upgrade(database, project, "head", nullptr, &options).revisions.size() == 2);
}
