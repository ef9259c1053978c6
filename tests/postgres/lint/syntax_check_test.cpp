// A server reads statements for the linter, and runs none of them.
// SPDX-License-Identifier: Apache-2.0
#include "lint/syntax_check.hpp"

#include "support/catch.hpp"
#include "support/lint.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {

using Kind = SyntaxVerdict::Kind;

TEST_CASE("a server tells what its grammar takes, and does nothing", "[lint]") {
  TestDatabase database;
  database.run("CREATE TABLE users (id int)");
  const auto session = database.connect();
  const auto check = syntax_check_by(*session);
  SECTION("statements of every kind are only read") {
    for (const auto* const sql : {"DROP TABLE users", "VACUUM FULL users", "CREATE DATABASE other", "CALL nothing()",
                                  "INSERT INTO users SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())",
                                  "COPY users FROM STDIN", "DO 'BEGIN DROP TABLE users; END'", "COMMIT"}) {
      INFO(sql);
      CHECK(check(sql) == SyntaxVerdict{Kind::taken, ""});
    }
    CHECK(database.ask("SELECT count(*) FROM users") == "0");
  }
  SECTION("tables that earlier statements would make are no matter of syntax") {
    CHECK(check("SELECT * FROM not_yet").kind == Kind::taken);
    CHECK(check("INSERT INTO later.things DEFAULT VALUES").kind == Kind::taken);
  }
  SECTION("what it refuses is told in its words") {
    const auto verdict = check("ALTER TABLE users FROBNICATE");
    CHECK(verdict.kind == Kind::refused);
    CHECK(verdict.message.find("FROBNICATE") != std::string::npos);
    CHECK(check("SELECT 1; SELECT 2").kind == Kind::refused);
  }
  CHECK(session->status() == TransactionStatus::idle);
}

TEST_CASE("a lost connection is no verdict", "[lint]") {
  TestDatabase database;
  const auto session = database.connect();
  const auto check = syntax_check_by(*session);
  database.run("SELECT pg_terminate_backend(" + std::to_string(session->server().backend_pid) + ")");
  CHECK_THROWS_AS(check("SELECT 1"), ServerError);
}

}  // namespace dbmigrate::tests
