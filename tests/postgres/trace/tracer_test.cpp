// What a trace tells beside the facts of single statements: transactions, errors, DO blocks, commands outside.
// SPDX-License-Identifier: Apache-2.0
#include "trace/tracer.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/test_database.hpp"
#include "support/traced.hpp"

namespace dbmigrate {
namespace {

/// Two databases after `given`, and one revision traced on them.
class Traced {
 public:
  Traced(const std::string& given, const std::string& sql, const TraceOptions& options = {}) {
    as_written_.run(given);
    after_each_.run(given);
    Tracer tracer(as_written_.url(), after_each_.url(), options);
    const tests::OneStatement one(sql);
    statements = tracer.trace(one.prepared()).statements;
  }
  std::vector<StatementTrace> statements;

 private:
  tests::TestDatabase as_written_;
  tests::TestDatabase after_each_;
};

std::string lock_text(const std::vector<RelationLock>& locks) {
  std::string text;
  for (const auto& lock : locks) {
    if (lock.kind == RelationKind::index) continue;
    text += (text.empty() ? "" : ", ") + lock.relation + " " + std::string(name_of(lock.mode));
  }
  return text;
}

constexpr const char* kUsers =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, team bigint); "
    "CREATE TABLE teams (id bigint PRIMARY KEY)";

}  // namespace

TEST_CASE("each statement is told what it needs, and what its transaction holds by then", "[trace]") {
  const Traced traced(kUsers,
                      "ALTER TABLE users ADD COLUMN age int;\n"
                      "CREATE INDEX users_email ON users (email);\n"
                      "ALTER TABLE teams ADD COLUMN name text;\n");
  REQUIRE(traced.statements.size() == 3);
  CHECK(lock_text(traced.statements[0].locks) == "public.users ACCESS EXCLUSIVE");
  CHECK(lock_text(traced.statements[0].held).empty());
  // Inside the transaction nothing new is to be seen: ACCESS EXCLUSIVE is held already.
  CHECK(lock_text(traced.statements[1].locks) == "public.users SHARE");
  CHECK(lock_text(traced.statements[1].held) == "public.users ACCESS EXCLUSIVE");
  CHECK(traced.statements[1].scanned == std::vector<std::string>{"public.users"});
  CHECK(traced.statements[1].builds_index());
  CHECK(lock_text(traced.statements[2].held) == "public.users ACCESS EXCLUSIVE");
  CHECK(traced.statements[2].at.line == 3);
}

TEST_CASE("what the plan makes itself locks nobody out", "[trace]") {
  const Traced traced(kUsers,
                      "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint REFERENCES users);\n"
                      "CREATE INDEX posts_author ON posts (author);\n");
  CHECK(lock_text(traced.statements[0].locks) == "public.users SHARE ROW EXCLUSIVE");
  CHECK(traced.statements[0].created == std::vector<std::string>{"public.posts"});
  CHECK(traced.statements[1].locks.empty());
  CHECK(traced.statements[1].indexes.at(0).on_new_table);
}

TEST_CASE("a statement that fails is noted with its SQLSTATE, and the rest goes on", "[trace]") {
  const Traced traced(kUsers, "ALTER TABLE users ADD COLUMN email text;\nALTER TABLE teams ADD COLUMN name text;\n");
  REQUIRE(traced.statements.at(0).error);
  CHECK(traced.statements[0].error->sqlstate == "42701");
  CHECK_FALSE(traced.statements[0].ran);
  CHECK_FALSE(traced.statements[1].error);
  CHECK(lock_text(traced.statements[1].locks) == "public.teams ACCESS EXCLUSIVE");
}

TEST_CASE("a failure that only the transaction has is found", "[trace]") {
  const Traced traced("CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE days (m mood)",
                      "ALTER TYPE mood ADD VALUE 'sad';\nINSERT INTO days VALUES ('sad');\n");
  REQUIRE(traced.statements.at(1).error);
  CHECK(traced.statements[1].error->sqlstate == "55P04");
  CHECK(lock_text(traced.statements[1].locks) == "public.days ROW EXCLUSIVE");
}

TEST_CASE("a statement that rests on its transaction is told as the transaction has it", "[trace]") {
  const Traced traced(kUsers,
                      "CREATE TEMP TABLE found ON COMMIT DROP AS SELECT id FROM users;\n"
                      "DELETE FROM users WHERE id IN (SELECT id FROM found);\n"
                      "SAVEPOINT a;\nDROP TABLE teams;\nROLLBACK TO a;\nALTER TABLE teams ADD COLUMN name text;\n");
  for (const auto& statement : traced.statements) CHECK_FALSE(statement.error);
  CHECK(lock_text(traced.statements.at(1).locks) == "public.users ROW EXCLUSIVE");
  CHECK(lock_text(traced.statements.at(3).locks) == "public.teams ACCESS EXCLUSIVE");
  CHECK(traced.statements.at(5).ran);
}

TEST_CASE("constraints that wait for COMMIT are checked", "[trace]") {
  const Traced traced(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
      "INSERT INTO b VALUES (7);\n");
  REQUIRE(traced.statements.at(0).error);
  CHECK(traced.statements[0].error->sqlstate == "23503");
}

TEST_CASE("the target's time zone decides whether timestamps are rewritten", "[trace]") {
  const std::string given = "CREATE TABLE visits (at timestamp)";
  const std::string sql = "ALTER TABLE visits ALTER COLUMN at TYPE timestamptz;\n";
  CHECK(Traced(given, sql, {.settings = {{"TimeZone", "UTC"}}}).statements.at(0).rewritten.empty());
  CHECK(Traced(given, sql, {.settings = {{"TimeZone", "Europe/Berlin"}}}).statements.at(0).rewritten.size() == 1);
}

TEST_CASE("names mean what they mean to the target", "[trace]") {
  const TraceOptions options{.settings = {{"search_path", "\"$user\", other, public"}}};
  const Traced traced("CREATE SCHEMA other", "CREATE TABLE t (a int);\n", options);
  CHECK(traced.statements.at(0).created == std::vector<std::string>{"other.t"});
}

TEST_CASE("a DO block is told by what it does", "[trace]") {
  const Traced traced(kUsers,
                      "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'users' || ' ALTER COLUMN id TYPE text'; END $$;\n"
                      "DO $$ BEGIN TRUNCATE teams; END $$;\n");
  CHECK(traced.statements.at(0).rewritten == std::vector<std::string>{"public.users"});
  CHECK(traced.statements.at(1).truncated == std::vector<std::string>{"public.teams"});
  CHECK(traced.statements.at(1).rewritten.empty());
}

TEST_CASE("what CASCADE takes along is named", "[trace]") {
  const Traced traced(std::string(kUsers) +
                          "; CREATE VIEW mails AS SELECT email FROM users;"
                          " CREATE VIEW more AS SELECT * FROM mails",
                      "DROP TABLE users CASCADE;\n");
  CHECK(traced.statements.at(0).cascaded == std::vector<std::string>{"view mails", "view more"});
}

TEST_CASE("why a scan was not needed is told in the server's words", "[trace]") {
  const Traced traced("CREATE TABLE t (a int CONSTRAINT k CHECK (a IS NOT NULL))",
                      "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n");
  CHECK(traced.statements.at(0).scanned.empty());
  CHECK(traced.statements.at(0).scans_avoided.size() == 1);
}

TEST_CASE("what a statement asks of rows that are there is told with its columns", "[trace]") {
  const Traced traced(kUsers,
                      "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
                      "ALTER TABLE users ADD UNIQUE (email, lower(email));\n"
                      "CREATE UNIQUE INDEX one_mail ON users (lower(email)) WHERE team > 0;\n"
                      "ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams;\n"
                      "ALTER TABLE users ADD CONSTRAINT k CHECK (team > 0) NOT VALID;\n"
                      "ALTER TABLE users VALIDATE CONSTRAINT k;\n"
                      "ALTER TABLE users ADD COLUMN age int NOT NULL, ADD COLUMN size int NOT NULL DEFAULT 1;\n");
  using Demand = ValueDemand::Kind;
  const auto demands = [&](std::size_t i) { return traced.statements.at(i).demands; };
  CHECK(demands(0) ==
        std::vector{ValueDemand{.kind = Demand::not_null, .table = "public.users", .columns = {"email"}}});
  CHECK(traced.statements.at(1).error);  // an expression needs an index of its own
  CHECK(demands(2) == std::vector{ValueDemand{.kind = Demand::unique,
                                              .name = "one_mail",
                                              .table = "public.users",
                                              .columns = {"lower(email)"},
                                              .expression = "(team > 0)"}});
  CHECK(demands(3) == std::vector{ValueDemand{.kind = Demand::foreign_key,
                                              .name = "users_team_fkey",
                                              .table = "public.users",
                                              .columns = {"team"},
                                              .references = "public.teams",
                                              .referenced_columns = {"id"}}});
  CHECK(demands(4).empty());
  CHECK(demands(5).at(0).expression == "(team > 0)");
  CHECK(demands(6) == std::vector{ValueDemand{.kind = Demand::no_rows, .table = "public.users", .columns = {"age"}}});
}

TEST_CASE("a concurrent build is watched from outside", "[trace]") {
  const Traced traced(
      kUsers, "CREATE INDEX CONCURRENTLY users_email ON users (email);\nDROP INDEX CONCURRENTLY users_email;\n");
  const auto& built = traced.statements.at(0);
  CHECK_FALSE(built.transactional);
  CHECK(lock_text(built.locks) == "public.users SHARE UPDATE EXCLUSIVE");
  CHECK(built.builds_index());
  CHECK(built.scanned == std::vector<std::string>{"public.users"});
  CHECK(traced.statements.at(1).indexes.at(0).kind == IndexChange::Kind::gone);
}

TEST_CASE("a concurrent build that is refused is an error like any other", "[trace]") {
  const Traced traced("CREATE TABLE p (a int) PARTITION BY RANGE (a)", "CREATE INDEX CONCURRENTLY i ON p (a);\n");
  REQUIRE(traced.statements.at(0).error);
  CHECK(traced.statements[0].error->sqlstate == "0A000");
}

}  // namespace dbmigrate
