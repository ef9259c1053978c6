// Places, levels, allowances and runs.
// SPDX-License-Identifier: Apache-2.0
#include "lint/linter.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/lint.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;
using Ids = std::set<std::string>;

TEST_CASE("a finding stands where the trouble is written", "[lint]") {
  SECTION("in the part of the statement that is to blame, in characters") {
    const auto found = lint("SELECT 'ä';\n/* ä */ ALTER TABLE t ADD COLUMN ä uuid DEFAULT gen_random_uuid();");
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == Location{"test.sql", 2, 49});
    CHECK(found[0].line == "/* ä */ ALTER TABLE t ADD COLUMN ä uuid DEFAULT gen_random_uuid();");
    CHECK(found[0].caret == 49);
  }
  SECTION("in the body of a DO block") {
    const auto found = lint("DO $$\nBEGIN\n  DROP TABLE t;\nEND $$;");
    REQUIRE(found.size() == 1);
    CHECK(found[0].at.line == 3);
  }
  SECTION("in YAML, where the text is indented") {
    auto script = script_of("\nDROP TABLE t;", {});
    script.texts[0].sql.first_line = 10;
    script.texts[0].sql.indent = 4;
    const auto found = Linter({}, {}).run(script);
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == Location{"test.sql", 11, 5});
    CHECK(found[0].caret == 1);
  }
}

TEST_CASE("levels change a rule's severity or switch it off", "[lint]") {
  CHECK(lint("DROP TABLE t", {.levels = {{"drop-table", std::nullopt}}}).empty());
  const auto found = lint("DROP TABLE t", {.levels = {{"drop-table", Severity::info}}});
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::info);
}

TEST_CASE("an allowance is for the statement behind it, and for what is in a DO block", "[lint]") {
  CHECK(lint("-- dbmigrate: allow drop-table unused\n\n-- more words\nDROP TABLE t;").empty());
  CHECK(lint("-- dbmigrate: allow drop-table unused\nDO $$ BEGIN DROP TABLE t; END $$;").empty());
  CHECK(lint("DO $$ BEGIN\n-- dbmigrate: allow drop-table unused\nDROP TABLE t; END $$;").empty());
  CHECK(rules_in(lint("DROP TABLE t;\n-- dbmigrate: allow drop-table too late")) == Ids{"drop-table", "unused-allow"});
  CHECK_THROWS_AS(lint("-- dbmigrate: allow drop-table\nDROP TABLE t;"), Error);
}

TEST_CASE("a table is new for all scripts of its run, and for none of the next", "[lint]") {
  Linter linter({}, {});
  CHECK(linter.run(script_of("CREATE TABLE t (id int)", {})).empty());
  CHECK(linter.run(script_of("CREATE INDEX i ON t (id)", {})).empty());
  auto next = script_of("CREATE INDEX j ON t (id)", {});
  next.begins_run = true;
  CHECK(rules_in(linter.run(next)) == Ids{"index-not-concurrent"});
}

TEST_CASE("steps that continue share a transaction, others do not", "[lint]") {
  auto script = script_of("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID", {});
  auto second = script_of("ALTER TABLE t VALIDATE CONSTRAINT k", {}).texts[0];
  second.continues = true;
  script.texts.push_back(second);
  CHECK(rules_in(Linter({}, {}).run(script)).contains("validate-in-same-transaction"));
  script.texts[1].continues = false;
  CHECK(Linter({}, {}).run(script).empty());
}

TEST_CASE("text of any kind neither ends the program nor hides its neighbours", "[lint]") {
  for (const std::string odd : {"\\connect other",
                                "SELECT $1",
                                "SELECT $$",
                                "/* open",
                                "SELECT (1",
                                "COPY t FROM STDIN;\n1",
                                "\xEF\xBB\xBFSELECT 1",
                                "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
                                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql",
                                "DO LANGUAGE plpgsql 'BEGIN END'",
                                "DO 'no plpgsql at all'",
                                "SELECT 'a\\'",
                                ";;;",
                                "ALTER TABLE",
                                "\x01\x02",
                                "CREATE TABLE (((((((((",
                                "SELECT U&'\\+FFFFFF'",
                                "DO $$ BEGIN EXECUTE NULL; END $$",
                                "CALL p()",
                                "BEGIN; BEGIN; ROLLBACK"}) {
    INFO(odd);
    const auto found = rules_in(lint("DROP TABLE first;\n" + odd));
    CHECK(found.contains("drop-table"));
  }
}

TEST_CASE("a script of many statements takes time with its length only", "[lint]") {
  std::string sql;
  for (int i = 0; i < 3000; ++i) sql += "CREATE TABLE t" + std::to_string(i) + " (id int);\n";
  CHECK(lint(sql).empty());
}

TEST_CASE("a server that is there is asked about what the parser does not know", "[lint]") {
  using Kind = SyntaxVerdict::Kind;
  std::vector<std::string> asked;
  const auto found_with = [&](const SyntaxVerdict& verdict, const RuleLevels& levels = {}) {
    asked.clear();
    Linter linter({}, {}, [&](std::string_view statement) {
      asked.emplace_back(statement);
      return verdict;
    });
    const std::string sql = "SELECT 1;\nALTER TABLE t FROBNICATE;\nDO $$ BEGIN EXECUTE 'TWIST'; END $$;";
    return linter.run(script_of(sql, {.levels = levels}));
  };
  SECTION("and only about that, also where it stands in a body") {
    found_with({});
    CHECK(asked == std::vector<std::string>{"ALTER TABLE t FROBNICATE", "TWIST"});
  }
  SECTION("what it takes is not analysed, a warning") {
    const auto found = found_with({Kind::taken, ""});
    REQUIRE(found.size() == 2);
    CHECK(found[0].severity == Severity::warning);
    CHECK(found[0].at.line == 2);
    CHECK(found[0].message.starts_with("this is not analysed, though the server takes it: "));
  }
  SECTION("what it refuses is an error in its words, unless a level is set") {
    const auto found = found_with({Kind::refused, "no such thing"});
    REQUIRE(found.size() == 2);
    CHECK(found[0].severity == Severity::error);
    CHECK(found[0].message == "the server refuses this: no such thing");
    const auto mild = found_with({Kind::refused, "no such thing"}, {{"unparsed-statement", Severity::info}});
    REQUIRE(mild.size() == 2);
    CHECK(mild[0].severity == Severity::info);
  }
}
