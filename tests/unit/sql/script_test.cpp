// Where a script falls into statements, and what psql would not finish.
// SPDX-License-Identifier: Apache-2.0
#include "sql/script.hpp"

#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::sql;

namespace {

using Texts = std::vector<std::string>;

Texts statements_of(std::string_view text) {
  const Script script = split(text, "x.sql");
  Texts texts;
  for (const auto& statement : script.statements) texts.emplace_back(script.text_of(statement));
  return texts;
}

/// The rows of the n-th statement.
std::string data_of(std::string_view text, std::size_t n = 0) {
  const Script script = split(text, "x.sql");
  const auto& data = script.statements.at(n).copy_data;
  return data ? std::string(text.substr(data->begin, data->end - data->begin)) : "none";
}

ErrorInfo refusal_of(std::string_view text, int first_line = 1) {
  try {
    split(text, "x.sql", first_line);
  } catch (const Error& error) {
    return error.info();
  }
  FAIL("accepted: " << text);
  return {};
}

struct Case {
  std::string text;
  Texts statements;
};

void check(const std::vector<Case>& cases) {
  for (const auto& [text, statements] : cases) {
    INFO(text);
    CHECK(statements_of(text) == statements);
  }
}

}  // namespace

TEST_CASE("a semicolon ends a statement and blanks around it are left out", "[sql]") {
  check({
      {"", {}},
      {" \n\t", {}},
      {";;  ; -- nothing\n;/* nor here */", {}},
      {"select 1", {"select 1"}},
      {"select 1;", {"select 1"}},
      {" select 1 ;\n\n select 2 ", {"select 1", "select 2"}},
      {"select 1;select 2;;select 3", {"select 1", "select 2", "select 3"}},
      {"selec nonsense; ] 1 2 }; 3", {"selec nonsense", "] 1 2 }", "3"}},
      {"\xEF\xBB\xBFselect 1;", {"select 1"}},
      {"\xEF\xBB\xBF", {}},
      {"select 1;\r\nselect\r\n2;\r\n", {"select 1", "select\r\n2"}},
      {"select\f1;\v select 2", {"select\f1", "select 2"}},
  });
}

TEST_CASE("comments belong to no statement unless they are inside one", "[sql]") {
  check({
      {"-- a;b\nselect 1 -- c;d\n; -- e", {"select 1"}},
      {"/* a;b */ select /* ; */ 1 /* ; */;", {"select /* ; */ 1"}},
      {"/* a /* b; */ c; */ select 1", {"select 1"}},
      {"/*/ ; /*/ */ */select 1", {"select 1"}},
      {"/***/select 1;/**//**/select 2", {"select 1", "select 2"}},
      {"select 1 --;\r;select 2", {"select 1", "select 2"}},
      {"select 1--\n;select 2", {"select 1", "select 2"}},
      {"select 2*/* ; */3; select 4", {"select 2*/* ; */3", "select 4"}},
      {"select 1 - -1; select 1 ---1;\n+1", {"select 1 - -1", "select 1 ---1;\n+1"}},
      {"-- it's\nselect 1; -- \"quoted\n", {"select 1"}},
      {"select '/*'; select '*/'", {"select '/*'", "select '*/'"}},
      {"select 1 -- /*\n; select 2 -- */\n", {"select 1", "select 2"}},
  });
}

TEST_CASE("a semicolon inside quotes ends nothing", "[sql]") {
  check({
      {"select ';'; select 2", {"select ';'", "select 2"}},
      {"select 'it''s;'; select 2", {"select 'it''s;'", "select 2"}},
      {"select '\\'; select ';'", {"select '\\'", "select ';'"}},
      {"select 'a\n;\nb'; select 2", {"select 'a\n;\nb'", "select 2"}},
      {R"(select E'\';'; select 2)", {R"(select E'\';')", "select 2"}},
      {R"(select e'\\'; select 2)", {R"(select e'\\')", "select 2"}},
      {R"(select E'a'';\''; select 2)", {R"(select E'a'';\'')", "select 2"}},
      {R"(select type'\'; select 2)", {R"(select type'\')", "select 2"}},
      {R"(select _e'\'; select 2)", {R"(select _e'\')", "select 2"}},
      {R"(select U&'\0041;\'; select u&"a;\\"";" from t)", {R"(select U&'\0041;\')", R"(select u&"a;\\"";" from t)"}},
      {R"(select U&'d!0061' UESCAPE '!'; select 2)", {R"(select U&'d!0061' UESCAPE '!')", "select 2"}},
      {R"(select B'01;'; select x'1F;\'; select n'\;')", {"select B'01;'", R"(select x'1F;\')", R"(select n'\;')"}},
      {R"(select "a;""b" from "x;\"; select 2)", {R"(select "a;""b" from "x;\")", "select 2"}},
      {"select 'a'';'\n'b;'; select 2", {"select 'a'';'\n'b;'", "select 2"}},
  });
}

TEST_CASE("an escape string goes on in the next line with its backslashes", "[sql]") {
  check({
      {"select E'a'\n'\\';'; select 2", {"select E'a'\n'\\';'", "select 2"}},
      {"select E'a' -- it's\n -- \n '\\';'; select 2", {"select E'a' -- it's\n -- \n '\\';'", "select 2"}},
      {"select E'a'\r\n\t'b'\n'\\';'; select 2", {"select E'a'\r\n\t'b'\n'\\';'", "select 2"}},
      {"select E'a' '\\'; select 2", {"select E'a' '\\'", "select 2"}},
      {"select E'a' /* \n */ '\\'; select 2", {"select E'a' /* \n */ '\\'", "select 2"}},
      {"select E'a'\n; select 2", {"select E'a'", "select 2"}},
  });
}

TEST_CASE("a dollar quote ends at its own tag", "[sql]") {
  check({
      {"select $$;$$; select 2", {"select $$;$$", "select 2"}},
      {"select $a$;$$;'$b$;$a$; select 2", {"select $a$;$$;'$b$;$a$", "select 2"}},
      {"select $_1$;$1_$;$_1$; select 2", {"select $_1$;$1_$;$_1$", "select 2"}},
      {"select $\xC3\xA9$;$\xC3\xA9$; select 2", {"select $\xC3\xA9$;$\xC3\xA9$", "select 2"}},
      {"select $A$;$a$;$A$; select 2", {"select $A$;$a$;$A$", "select 2"}},
      {"select $$$a$;$$; select 2", {"select $$$a$;$$", "select 2"}},
      {"select $a$x$a$$a$;$a$; select 2", {"select $a$x$a$$a$;$a$", "select 2"}},
      {"select foo$bar$; select foo$bar$;", {"select foo$bar$", "select foo$bar$"}},
      {"select a$$; select b$$", {"select a$$", "select b$$"}},
      {"select \xC3\xA9$$; select 2", {"select \xC3\xA9$$", "select 2"}},
      {"execute p($1); select $1+$2; select $1", {"execute p($1)", "select $1+$2", "select $1"}},
      {"select 1$$;$$; select 2", {"select 1$$;$$", "select 2"}},
      {"select $1$$;$$; select 2", {"select $1$$;$$", "select 2"}},
      {"select \"a\"$$;$$; select 2", {"select \"a\"$$;$$", "select 2"}},
      {"do $do$ begin execute $x$ select ';' $x$; end $do$; select 2",
       {"do $do$ begin execute $x$ select ';' $x$; end $do$", "select 2"}},
      {"select $ ; select $-1; select 3", {"select $", "select $-1", "select 3"}},
  });
}

TEST_CASE("a semicolon inside parentheses ends nothing", "[sql]") {
  check({
      {"create rule r as on insert to t do also (select 1; select 2); select 3",
       {"create rule r as on insert to t do also (select 1; select 2)", "select 3"}},
      {"select ((1;)); select 2", {"select ((1;))", "select 2"}},
      {"select 1); select 2", {"select 1)", "select 2"}},
      {"select '(' ; select \"(\" ; select $$($$; select 1 /*(*/",
       {"select '('", "select \"(\"", "select $$($$", "select 1"}},
      {"select a[1;]; select 2", {"select a[1", "]", "select 2"}},
  });
}

TEST_CASE("operators and colons are no traps", "[sql]") {
  check({
      {"select a->-1; select a#>>'{;}'; select @-@ x", {"select a->-1", "select a#>>'{;}'", "select @-@ x"}},
      {"select a::text; select b[1:2]; select c:=1", {"select a::text", "select b[1:2]", "select c:=1"}},
      {"select :'x;y'; select :v", {"select :'x;y'", "select :v"}},
      {"select 1e5, .5, 0x1F, 1_000; select 1.e", {"select 1e5, .5, 0x1F, 1_000", "select 1.e"}},
  });
}

TEST_CASE("a BEGIN ATOMIC body is one statement", "[sql]") {
  const std::string simple = "create function f() returns int begin atomic select 1; select 2; end";
  const std::string with_case =
      "CREATE OR REPLACE PROCEDURE p()\nLANGUAGE sql\nBEGIN ATOMIC\n  INSERT INTO t SELECT CASE WHEN a THEN CASE b "
      "WHEN 1 THEN 2 END ELSE 3 END FROM s;\n  SELECT (case when true then 1 end);\nEND";
  const std::string labels =
      "create function f() returns int begin atomic select 1 as end; select x.end, 1 as \"end\"; end";
  check({
      {simple + "; select 3", {simple, "select 3"}},
      {with_case + ";\nselect 3", {with_case, "select 3"}},
      {labels + "; select 3", {labels, "select 3"}},
      {"create function f() returns int begin /* ; */ atomic end; select 3",
       {"create function f() returns int begin /* ; */ atomic end", "select 3"}},
      {"create function begin() returns int language sql return 1; select 3",
       {"create function begin() returns int language sql return 1", "select 3"}},
      {"create function f(begin int) returns int language sql as $$ select 1; $$; select 3",
       {"create function f(begin int) returns int language sql as $$ select 1; $$", "select 3"}},
      {"create function f() returns int as 'begin atomic' language sql; end; select 3",
       {"create function f() returns int as 'begin atomic' language sql", "end", "select 3"}},
      {"begin; select 1; end; begin atomic; select 2", {"begin", "select 1", "end", "begin atomic", "select 2"}},
      {"create table t(a int); begin; end", {"create table t(a int)", "begin", "end"}},
      {"create or function f() begin atomic select 1; end", {"create or function f() begin atomic select 1", "end"}},
      {"create procedure begin.atomic() language sql as ''; select 3",
       {"create procedure begin.atomic() language sql as ''", "select 3"}},
      {simple + ";" + simple + ";case; end", {simple, simple, "case", "end"}},
  });
}

TEST_CASE("the rows behind COPY FROM STDIN are data", "[sql]") {
  SECTION("in any spelling") {
    for (const auto* copy :
         {"COPY t FROM STDIN", "copy t from stdin", "Copy \"from\" (a, \"to\") From StdIn",
          "COPY s.\"t;\" (a,b) FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER ';')", "copy t from /* ; */ stdin",
          "copy binary t from stdin", "copy t from -- x\n stdin", "copy s.from from stdin", "copy t from stdout",
          "COPY t FROM stdin WHERE a > 1", "copy t (\"from\", stdin) from stdin null ''"}) {
      INFO(copy);
      const auto text = std::string(copy) + ";\n1\ta;b\n'$$\\N\n\\.\nselect 2;";
      CHECK(statements_of(text) == Texts{copy, "select 2"});
      CHECK(data_of(text) == "1\ta;b\n'$$\\N\n");
      CHECK(data_of(text, 1) == "none");
    }
  }
  SECTION("not in other forms") {
    for (const auto* copy : {"COPY (select 1 from stdin) TO STDOUT", "copy t to stdout", "copy t from '/stdin'",
                             "copy t from program 'stdin'", "copy t to stdin", "select 1 from stdin",
                             "copy t from 'f' where a is distinct from stdin", "delete from stdin",
                             "copy t(from stdin)", "explain copy t from stdin", "copy \"t from stdin\" from 'x'"}) {
      INFO(copy);
      CHECK(statements_of(std::string(copy) + ";\nselect 2;") == Texts{copy, "select 2"});
    }
  }
  SECTION("with any end of line") {
    CHECK(data_of("copy t from stdin;\n\\.") == "");
    CHECK(data_of("copy t from stdin; -- rows\n\n\\.\n") == "\n");
    CHECK(data_of("copy t from stdin;\r\n1\r\n\\.\r\nselect 1;") == "1\r\n");
    CHECK(data_of("copy t from stdin;\n \\.\n\\. \n\\.x\nx\\.\n\\.\n") == " \\.\n\\. \n\\.x\nx\\.\n");
    CHECK(data_of("copy t from stdin;   \t\n\t\t\n\\.\n") == "\t\t\n");
  }
  SECTION("after the whole line, as psql reads it") {
    const std::string text = "copy a from stdin; select 1; copy b from stdin;\n1\n\\.\n2\n\\.\nselect 3";
    CHECK(statements_of(text) == Texts{"copy a from stdin", "select 1", "copy b from stdin", "select 3"});
    CHECK(data_of(text, 0) == "1\n");
    CHECK(data_of(text, 2) == "2\n");
  }
  SECTION("and a statement may not run into them") {
    for (const auto* text : {"copy a from stdin; select\n1\n\\.\n", "copy a from stdin; /* \n1\n\\.\n */"}) {
      INFO(text);
      const auto refusal = refusal_of(text);
      CHECK(refusal.message == "the text after COPY ... FROM STDIN runs into its data");
      CHECK(refusal.at->column == 20);
    }
  }
  SECTION("and they must end") {
    for (const auto* text : {"\ncopy a from stdin", "\ncopy a from stdin;", "\ncopy a from stdin;\n",
                             "\ncopy a from stdin;\n1\n\\.x", "\ncopy a from stdin; select 1"}) {
      INFO(text);
      const auto refusal = refusal_of(text);
      CHECK(refusal.message == "the data of COPY ... FROM STDIN never ends");
      CHECK(refusal.at->line == 2);
      CHECK(refusal.at->column == 1);
    }
  }
}

TEST_CASE("what is never closed is reported where it was opened", "[sql]") {
  struct Unclosed {
    std::string text;
    std::string message;
    int line;
    int column;
  };
  const std::vector<Unclosed> cases{
      {"select 1;\nselect 'a;\n", "a quoted string is never closed", 2, 8},
      {"select 'a''", "a quoted string is never closed", 1, 8},
      {"select E'a\\'", "a quoted string is never closed", 1, 8},
      {"select E'a\\", "a quoted string is never closed", 1, 8},
      {"select E'a'\n'b\\'", "a quoted string is never closed", 1, 8},
      {"select '\xC3\xA9' || '", "a quoted string is never closed", 1, 15},
      {"select \"a\"\"", "a quoted identifier is never closed", 1, 8},
      {"select $a$ $A$ $$", "the dollar quote $a$ is never closed", 1, 8},
      {"select $$ $", "the dollar quote $$ is never closed", 1, 8},
      {"/* a /* b */\nselect 1;", "a comment is never closed", 1, 1},
      {"select 1 /*/", "a comment is never closed", 1, 10},
      {"select (1;\nselect (2);", "a parenthesis is never closed", 1, 8},
      {"select (1), ((2);", "a parenthesis is never closed", 1, 13},
      {"create function f()\n  begin atomic select case when a then 1; end;", "BEGIN ATOMIC has no END", 2, 3},
  };
  for (const auto& unclosed : cases) {
    INFO(unclosed.text);
    const auto refusal = refusal_of(unclosed.text, 10);
    CHECK(refusal.code == ErrorCode::invalid_descriptor);
    CHECK(refusal.message == unclosed.message);
    CHECK(*refusal.at == Location{"x.sql", unclosed.line + 9, unclosed.column});
    CHECK_FALSE(refusal.hint.empty());
  }
}

TEST_CASE("a refusal quotes the line", "[sql]") {
  CHECK(refusal_of("select 1;\nselect 'a;\nx").detail == "x.sql:2:8 reads: 'a;");
  const std::string accents = "'" + std::string(50, 'x') +
                              "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                              "\xC3\xA9\xC3\xA9\xC3\xA9 too long to show";
  CHECK(refusal_of(accents).detail == "x.sql:1:1 reads: " + accents.substr(0, 51 + 2 * 9) + "...");
}

TEST_CASE("psql's own commands are refused by name", "[sql]") {
  struct Command {
    std::string text;
    std::string message;
    std::string in_hint;
    int line;
    int column;
  };
  const std::vector<Command> cases{
      {"select 1;\n\\connect db", "\\connect is a command of psql, not SQL", "write what it should do as SQL", 2, 1},
      {"\\restrict abc\n", "\\restrict is a command of psql, not SQL", "pg_dump writes", 1, 1},
      {"\n\\unrestrict abc\n", "\\unrestrict is a command of psql, not SQL", "pg_dump writes", 2, 1},
      {"select 1 \\gexec", "\\gexec is a command of psql, not SQL", "psql's own", 1, 10},
      {"select 1 \\; select 2;", "\\; is a command of psql, not SQL", "without the backslash", 1, 10},
      {"\\copy t from 'x'", "\\copy is a command of psql, not SQL", "COPY ... FROM STDIN", 1, 1},
      {"\\.\n", "\\. is a command of psql, not SQL", "no such statement is open", 1, 1},
      {"\\i'x'", "\\i is a command of psql, not SQL", "psql's own", 1, 1},
      {"\\! ls", "\\! is a command of psql, not SQL", "psql's own", 1, 1},
      {"select (\\d)", "\\d is a command of psql, not SQL", "psql's own", 1, 9},
      {"create function f() begin atomic \\x; end", "\\x is a command of psql, not SQL", "psql's own", 1, 34},
      {"select 1 \\", "a backslash is a command of psql, not SQL", "psql's own", 1, 10},
  };
  for (const auto& command : cases) {
    INFO(command.text);
    const auto refusal = refusal_of(command.text);
    CHECK(refusal.code == ErrorCode::invalid_descriptor);
    CHECK(refusal.message == command.message);
    CHECK(refusal.hint.find(command.in_hint) != std::string::npos);
    CHECK(*refusal.at == Location{"x.sql", command.line, command.column});
  }
}

TEST_CASE("each statement knows the place of its first token", "[sql]") {
  const Script script =
      split("\xEF\xBB\xBF-- \xC3\xA9\r\n/* \xE2\x82\xAC */ select 1;  select\n2;\n\n\tselect 3;", "x");
  REQUIRE(script.statements.size() == 3);
  CHECK(script.statements[0] == ScriptStatement{{20, 28}, 2, 9, std::nullopt});
  CHECK(script.statements[1] == ScriptStatement{{31, 39}, 2, 20, std::nullopt});
  CHECK(script.statements[2] == ScriptStatement{{43, 51}, 5, 2, std::nullopt});
  for (const auto& statement : script.statements) {
    CHECK(position_at(script.text, statement.range.begin) == Position{statement.line, statement.column});
  }
}

TEST_CASE("positions count lines and characters", "[sql]") {
  const std::string text =
      "a\xC3\xA9"
      "b\n\xE2\x82\xAC\xF0\x9F\x98\x80z";
  CHECK(position_at(text, 0) == Position{1, 1});
  CHECK(position_at(text, 3) == Position{1, 3});
  CHECK(position_at(text, 4) == Position{1, 4});
  CHECK(position_at(text, 5) == Position{2, 1});
  CHECK(position_at(text, 12) == Position{2, 3});
  CHECK(position_at(text, 999) == Position{2, 4});
  CHECK(position_at("", 0) == Position{1, 1});
  CHECK(position_at("\xEF\xBB\xBF"
                    "ab",
                    4) == Position{1, 2});
}

TEST_CASE("a server's character is found in the bytes", "[sql]") {
  const std::string text =
      "a\xC3\xA9"
      "b\n\xE2\x82\xACz";
  CHECK(byte_offset(text, 0) == 0);
  CHECK(byte_offset(text, 1) == 1);
  CHECK(byte_offset(text, 2) == 3);
  CHECK(byte_offset(text, 4) == 5);
  CHECK(byte_offset(text, 5) == 8);
  CHECK(byte_offset(text, 6) == 9);
  CHECK(byte_offset(text, 60) == 9);
  CHECK(byte_offset("", 3) == 0);
}
