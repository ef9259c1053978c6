// Downgrades that would lose rows.
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

std::optional<ErrorInfo> refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.info();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("rows of a table that the revision made are not lost unasked", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.migration("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;");
  upgrade(database, project);
  database.run("INSERT INTO a SELECT generate_series(1, 3)");

  const auto info = refusal([&] { downgrade(database, project, "base"); });
  REQUIRE(info);
  CHECK(info->code == ErrorCode::data_loss);
  CHECK(info->message == "the downgrade would lose 3 rows");
  CHECK(info->detail == "main@0001_a: 3 rows (table a).");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "2");

  SECTION("what loses nothing goes") {
    downgrade(database, project, "-1");
    CHECK(database.ask("SELECT to_regclass('b')") == "NULL");
  }
  SECTION("asked for, everything goes") {
    auto options = options_for(database, "downgrade");
    options.allow_data_loss = true;
    downgrade(database, project, "base", nullptr, &options);
    CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
  }
}

TEST_CASE("a column counts where it is not its default", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  project.migration("0002_c", "ALTER TABLE a ADD n int DEFAULT 7, ADD t text, ADD at timestamptz DEFAULT now();",
                    "ALTER TABLE a DROP n, DROP t, DROP at;");
  upgrade(database, project, "0001");
  database.run("INSERT INTO a VALUES (1), (2)");
  upgrade(database, project);
  database.run("UPDATE a SET at = NULL");
  CHECK_FALSE(refusal([&] { downgrade(database, project, "-1"); }));
  upgrade(database, project);
  database.run("UPDATE a SET at = NULL; UPDATE a SET n = 8 WHERE id = 1; UPDATE a SET t = 'x' WHERE id = 2");
  const auto info = refusal([&] { downgrade(database, project, "-1"); });
  REQUIRE(info);
  CHECK(info->detail == "main@0002_c: 1 row (column a.n).\nmain@0002_c: 1 row (column a.t).");
}

TEST_CASE("the author's word replaces the guess", "[executor]") {
  TestDatabase database;
  Project project;
  project.write("0001_a.yaml",
                "up:\n  - sql: CREATE TABLE a (id int, source text); INSERT INTO a VALUES (1, 'seed')\n"
                "down:\n  - sql: DROP TABLE a\nloses:\n  - rows: SELECT 1 FROM a WHERE source IS DISTINCT FROM 'seed'\n"
                "    because: rows written since\n");
  upgrade(database, project);
  database.run("INSERT INTO a VALUES (2, 'user')");
  const auto info = refusal([&] { downgrade(database, project, "base"); });
  REQUIRE(info);
  CHECK(info->detail == "main@0001_a: 1 row (rows written since).");
  database.run("DELETE FROM a WHERE id = 2");
  CHECK_FALSE(refusal([&] { downgrade(database, project, "base"); }));
}
