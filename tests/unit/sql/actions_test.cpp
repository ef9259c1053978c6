// What statements do, as actions.
// SPDX-License-Identifier: Apache-2.0
#include "sql/actions.hpp"

#include <string>
#include <variant>
#include <vector>

#include "sql/analysis.hpp"
#include "support/catch.hpp"

using namespace dbmigrate::sql;
using Texts = std::vector<std::string>;
using Names = std::vector<ObjectName>;

namespace {

std::vector<Action> actions_of(const std::string& statement) {
  auto analysis = analysis_of(statement);
  INFO(statement << ": " << analysis.facts.parse_error);
  REQUIRE(analysis.facts.parsed);
  return std::move(analysis.actions);
}

template <class Wanted>
Wanted the(const std::string& statement) {
  for (const auto& action : actions_of(statement)) {
    if (const auto* found = std::get_if<Wanted>(&action)) return *found;
  }
  FAIL("no such action in " << statement);
  return {};
}

std::string part(const std::string& statement, std::size_t at) { return statement.substr(at, 12); }

}  // namespace

TEST_CASE("each part of an ALTER TABLE is an action at its own place", "[sql]") {
  const std::string statement =
      "ALTER TABLE ONLY m.t ADD COLUMN c int NOT NULL DEFAULT random() CHECK (c > 0), ALTER a SET NOT NULL, "
      "DROP CONSTRAINT k CASCADE, ADD FOREIGN KEY (a, b) REFERENCES p (x, y) NOT VALID, SET LOGGED";
  const auto actions = actions_of(statement);
  REQUIRE(actions.size() == 5);
  const auto& add = std::get<AddColumn>(actions[0]);
  CHECK(add.altered.relation == ObjectName{"m", "t"});
  CHECK(add.altered.only);
  CHECK(part(statement, add.altered.at) == "c int NOT NU");
  CHECK(add.column.type.text() == "int4");
  CHECK(add.column.not_null);
  REQUIRE(add.column.default_value);
  CHECK(add.column.default_value->calls.front().name.name == "random");
  REQUIRE(add.column.constraints.size() == 1);
  CHECK(add.column.constraints.front().check.columns == Texts{"c"});
  CHECK(std::get<SetNotNull>(actions[1]).column == "a");
  CHECK(std::get<DropConstraint>(actions[2]).cascade);
  const auto& key = std::get<AddConstraint>(actions[3]).constraint;
  CHECK(key.form == ConstraintForm::foreign_key);
  CHECK(key.columns == Texts{"a", "b"});
  CHECK(key.references == ObjectName{"", "p"});
  CHECK(key.not_valid);
  CHECK(std::get<AlterOption>(actions[4]).kind == AlterOption::Kind::logged);
}

TEST_CASE("an expression is read over all of it", "[sql]") {
  SECTION("calls inside ARRAY, CASE, COALESCE and casts count") {
    const auto add = the<AddColumn>(
        "ALTER TABLE t ADD c float8[] DEFAULT CASE WHEN true THEN ARRAY[coalesce(-random(), 1)]::float8[] END");
    CHECK(add.column.default_value->calls.size() == 1);
  }
  SECTION("only AND of IS NOT NULL proves that a column is not NULL") {
    const auto proved = [](const std::string& check) {
      return the<AddConstraint>("ALTER TABLE t ADD CHECK (" + check + ")").constraint.check.not_null;
    };
    CHECK(proved("a IS NOT NULL AND (b > 0 AND c IS NOT NULL)").size() == 2);
    CHECK(proved("a IS NOT NULL OR b > 0").empty());
    CHECK(proved("NOT (a IS NOT NULL)").empty());
    CHECK(proved("a > 0").empty());
  }
  SECTION("SQL's own value functions are no calls") {
    CHECK(the<SetDefault>("ALTER TABLE t ALTER a SET DEFAULT CURRENT_DATE").value->calls.empty());
  }
  SECTION("names of WITH are no relations, whatever they hide") {
    const auto query =
        the<Query>("WITH x AS (SELECT * FROM a.real) SELECT * FROM x JOIN other o USING (id) FOR UPDATE OF o");
    CHECK(query.all.reads == Names{{"", "other"}, {"a", "real"}});
    CHECK(query.all.locks_rows == Names{{"", "other"}});
  }
}

TEST_CASE("rows written in WITH are found, and those of ON CONFLICT belong to their INSERT", "[sql]") {
  const auto actions = actions_of("WITH gone AS (DELETE FROM a RETURNING *) UPDATE b SET x = 1 FROM gone");
  REQUIRE(actions.size() == 2);
  CHECK(std::get<WriteRows>(actions[0]).joins);
  CHECK(std::get<WriteRows>(actions[1]).kind == WriteRows::Kind::delete_);
  CHECK_FALSE(std::get<WriteRows>(actions[1]).where);
  CHECK(actions_of("INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET y = 2").size() == 1);
  CHECK(the<WriteRows>("UPDATE t SET a = 1 WHERE 1 = 1").where->is_true);
  CHECK_FALSE(the<WriteRows>("INSERT INTO t VALUES (1)").from_query);
  CHECK(the<WriteRows>("EXPLAIN ANALYZE DELETE FROM t").kind == WriteRows::Kind::delete_);
  CHECK(actions_of("EXPLAIN DELETE FROM t").empty());
}

TEST_CASE("settings are told with their scope, whichever way they are set", "[sql]") {
  CHECK(the<SetVariable>("SET lock_timeout TO 0").values == Texts{"0"});
  CHECK(the<SetVariable>("SET LOCAL lock_timeout = '2s'").scope == SetVariable::Scope::transaction);
  CHECK(the<SetVariable>("RESET lock_timeout").values.empty());
  CHECK(the<SetVariable>("RESET ALL").name.empty());
  CHECK(the<SetVariable>("DISCARD ALL").name.empty());
  const auto called = the<SetVariable>("SELECT set_config('Lock_Timeout', '2s', true)");
  CHECK(called.name == "lock_timeout");
  CHECK(called.scope == SetVariable::Scope::transaction);
}

TEST_CASE("bodies are read statement by statement", "[sql]") {
  SECTION("static SQL of a DO block, in branches, loops and handlers, in its order") {
    const std::string statement =
        "DO $$ DECLARE r record; BEGIN IF true THEN ALTER TABLE t ADD c int; ELSE EXECUTE 'DROP TABLE x'; END IF;\n"
        "FOR r IN SELECT * FROM q LOOP UPDATE z SET a = 1; END LOOP;\nEXCEPTION WHEN others THEN DELETE FROM w; END $$";
    const auto body = the<DoBlock>(statement).body;
    REQUIRE(body);
    CHECK_FALSE(body->dynamic);
    Texts found;
    for (const auto& one : body->statements) found.push_back(one.text);
    CHECK(found.size() == 5);
    CHECK(found.back() == "DELETE FROM w");
    CHECK(body->statements.front().verbatim);
    CHECK(statement.substr(body->statements.back().at).starts_with("DELETE FROM w"));
  }
  SECTION("an EXECUTE that is put together cannot be known") {
    CHECK(the<DoBlock>("DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_user); END $$").body->dynamic);
    CHECK(the<DoBlock>("DO $$ BEGIN COMMIT; END $$").body->controls_transaction);
  }
  SECTION(
      "functions, in SQL, in PL/pgSQL, with BEGIN ATOMIC and without AS, which PL/pgSQL's parser would not survive") {
    CHECK(the<CreateFunction>("CREATE FUNCTION f() RETURNS int LANGUAGE SQL STABLE AS 'DELETE FROM a; SELECT 1'")
              .body->statements.size() == 2);
    CHECK(the<CreateFunction>("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $x$ BEGIN TRUNCATE a; END $x$")
              .body->statements.size() == 1);
    const auto atomic =
        the<CreateFunction>("CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1); END");
    CHECK(atomic.body->statements.front().actions.size() == 1);
    CHECK(the<CreateFunction>("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1").name.name == "f");
    CHECK_FALSE(the<CreateFunction>("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'f'").body);
  }
  SECTION("DO within DO ends somewhere") {
    std::string statement = "SELECT 1";
    for (int depth = 0; depth < 6; ++depth) {
      const auto tag = "$q" + std::to_string(depth) + "$";
      statement = "DO " + tag + " BEGIN " + statement + "; END " + tag;
      if (depth < 5)
        statement = "EXECUTE $e" + std::to_string(depth) + "$" + statement + "$e" + std::to_string(depth) + "$";
    }
    CHECK(the<DoBlock>(statement).body);
  }
}

TEST_CASE("a statement that the parser rejects takes nothing from the others", "[sql]") {
  const auto all = analyses_of({"DROP TABLE a", "ALTER TABLE t FROBNICATE", "DROP TABLE b"});
  CHECK(all[0].actions.size() == 1);
  CHECK_FALSE(all[1].facts.parsed);
  CHECK(all[1].actions.empty());
  CHECK(all[2].actions.size() == 1);
}

TEST_CASE("names longer than PostgreSQL keeps are told, in bytes", "[sql]") {
  const std::string fits(63, 'a');
  CHECK(analysis_of("CREATE TABLE " + fits + " (id int)").long_names.empty());
  CHECK(analysis_of("CREATE TABLE " + fits + "b (id int)").long_names.size() == 1);
  std::string umlauts;
  for (int i = 0; i < 32; ++i) umlauts += "ä";
  CHECK(analysis_of("CREATE INDEX \"" + umlauts + "\" ON t (a)").long_names.size() == 1);
  CHECK(analysis_of("INSERT INTO t VALUES ('" + std::string(500, 'x') + "')").long_names.empty());
}

TEST_CASE("types are known by the parser's short names, whoever wrote them", "[sql]") {
  CHECK(type_use("character varying(50)").text() == "varchar(50)");
  CHECK(type_use("timestamp(3) with time zone").text() == "timestamptz(3)");
  CHECK(type_use("integer[]").text() == "int4[]");
  CHECK(type_use("public.mood").text() == "public.mood");
  CHECK(type_use("nonsense here").name.name.empty());
}

TEST_CASE("a long chain of operators and megabytes of rows are read", "[sql]") {
  std::string chain = "ALTER TABLE t ADD c int DEFAULT 1";
  for (int i = 0; i < 20'000; ++i) chain += "+1";
  CHECK(analysis_of(chain).actions.size() == 1);
  std::string rows = "INSERT INTO t VALUES (1, 'a')";
  for (int i = 0; i < 60'000; ++i) rows += ",(1, 'b')";
  const auto insert = the<WriteRows>(rows);
  CHECK_FALSE(insert.from_query);
}
