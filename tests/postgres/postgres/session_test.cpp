// Questions to a real server.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/session.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/test_database.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("parameters of a question are values, whatever they hold", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  const std::string hostile = "it's \\ $1 $2 \"; DROP TABLE x; --\n";
  const auto result = session->query("SELECT $1 || '/', $2::int + 1, $3 IS NULL, '$', $1 = $1", {hostile, "41", Value{}});
  CHECK(result.text(0, 0) == hostile + "/");
  CHECK(result.text(0, 1) == "42");
  CHECK(result.text(0, 2) == "t");
  CHECK(result.text(0, 3) == "$");
  CHECK(result.text(0, 4) == "t");
}

TEST_CASE("a question is one statement", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  CHECK(error_of([&] { session->query("SELECT 1; CREATE TABLE a (id int)"); }).sqlstate == "42601");
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
  CHECK(session->query("SELECT ';' -- ;\n;").text(0, 0) == ";");
}

TEST_CASE("errors of questions keep their SQLSTATE", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  CHECK(error_of([&] { session->query("SELECT nothing"); }).sqlstate == "42703");
  CHECK(session->status() == TransactionStatus::idle);
}
