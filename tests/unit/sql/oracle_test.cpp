// Our splitter against PostgreSQL's own parser, which splits right whatever it can parse.
// SPDX-License-Identifier: Apache-2.0
#include <pg_query.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sql/lexer.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"

using namespace dbmigrate::sql;

namespace {

/// Without the blanks and comments around it, which PostgreSQL counts to the statement before or behind them.
Range trimmed(std::string_view text, Range range) {
  const auto part = text.substr(0, range.end);
  std::optional<Range> inner;
  for (Token token = next_token(part, range.begin); token.kind != TokenKind::end; token = next_token(part, token.end)) {
    if (token.kind == TokenKind::blank || token.kind == TokenKind::comment) continue;
    if (!inner) inner = Range{token.begin, token.end};
    inner->end = token.end;
  }
  return inner.value_or(Range{range.begin, range.begin});
}

/// Where the parser puts the statements; nothing when it rejects the text.
std::optional<std::vector<Range>> parser_ranges(const std::string& text) {
  PgQuerySplitResult result = pg_query_split_with_parser(text.c_str());
  if (result.stmts == nullptr) result.n_stmts = 0;  // on a lexer error it counts statements that it does not have
  std::optional<std::vector<Range>> ranges;
  if (result.error == nullptr) {
    ranges.emplace();
    for (int i = 0; i < result.n_stmts; ++i) {
      const auto begin = static_cast<std::size_t>(result.stmts[i]->stmt_location);
      const auto length = static_cast<std::size_t>(result.stmts[i]->stmt_len);
      ranges->push_back(trimmed(text, {begin, length == 0 ? text.size() : begin + length}));
    }
  }
  pg_query_free_split_result(result);
  return ranges;
}

std::vector<Range> our_ranges(std::string_view text) {
  std::vector<Range> ranges;
  for (const auto& statement : split(text, "x.sql").statements) ranges.push_back(statement.range);
  return ranges;
}

std::vector<std::string> texts(std::string_view text, const std::vector<Range>& ranges) {
  std::vector<std::string> all;
  for (const auto& range : ranges) all.emplace_back(text.substr(range.begin, range.end - range.begin));
  return all;
}

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> all{
      "select 1",
      "select 'a;b', 'it''s', '\\', ''",
      R"(select E'\'', e'a;\\', E'\x41;''')",
      "select E'a'\n'\\';'",
      "select E'a' -- it's;\n  '\\';'",
      "select 'a'\n';b'",
      R"(select U&'\0041;', u&'!0041;' uescape '!')",
      R"(select U&"a;\0041" from (select 1 as "a;A") x)",
      "select B'01', X'1F', N'a;b', b'1'\n'0'",
      "select \"a;b\".\"c\"\"d\" from \"a;b\"",
      "select $$;$$, $a$;$$;$b$;$a$, $_x1$'$_x1$",
      "select $\xC3\xA9$;$\xC3\xA9$, '\xC3\xA9;'",
      "select foo$bar$ from t",
      "select a$$ from t",
      "select 1 as a$b$c",
      "prepare p as select $1 + $2",
      "select a->-1, a #>> '{b}', a @> b, a ->> 'x;'",
      "select 1-- ;\n+ 1",
      "select 1 /* ; /* ' */ $$ */ + 1",
      "select 2*/* ; */3",
      "select 1 - -1, - - 1, +-+1",
      "select a[1], a[1:2], a[:2] from t",
      "select a::int, cast(b as text), c::numeric(3,2)[] from t",
      "select f(a => 1, b := 2)",
      "select :1",
      "select case when a then case b when 1 then 2 end else 3 end from t",
      "select (select (select (1)))",
      "select 1e5, .5, 1., 0, 1.5e-3",
      "select 1 from t where a !~~ 'x' and b operator(pg_catalog.+) 1 > 0",
      "select 1 as \"end\", 2 as \"case\"",
      "select end.a from \"end\" as end",
      "select x.end from x",
      "values (1, ';'), (2, $$;$$)",
      "table t",
      "with recursive a as (select 1 union all select 2) select * from a",
      "insert into t (a, b) values (1, 'x;y') on conflict (a) do update set b = excluded.b returning *",
      "update t set a = (select 1), b = default where c in (1, 2)",
      "delete from t using s where t.a = s.a",
      "merge into t using s on t.a = s.a when matched then delete when not matched then do nothing",
      "create table t (a int default 1, b text check (b <> ';'), primary key (a))",
      "create temp table t on commit drop as select 1",
      "create index concurrently if not exists i on t using gin (a jsonb_path_ops) where b <> ';'",
      "create rule r as on insert to t do also (select 1; select 2;)",
      "create rule r as on update to t do instead nothing",
      "create view v as select ';' as a",
      "create function f() returns int language sql as $$ select 1; select 2; $$",
      "create function f() returns int language sql as 'select 1; select ''x;'';'",
      "create or replace function f(a int, b text default ';') returns int language plpgsql as $f$\nbegin\n  return "
      "1;\n"
      "end;\n$f$",
      "create function f() returns int begin atomic select 1; select 2; end",
      "create function f() returns int begin atomic end",
      "create or replace procedure p() begin atomic insert into t values (';'); delete from t; end",
      "create function f(a int) returns int language sql begin atomic select case a when 1 then case when true then 2 "
      "end else 3 end; select 1; end",
      "create function f() returns int begin atomic select 1 as end; select 2; end",
      "create function f() returns int begin atomic select (case when true then 1 end); end",
      "create function f() returns int begin /* ; */ atomic /* ; */ select 1; /* end; */ end",
      "create function f() returns int begin atomic select ';end'; select $$;end;$$; end",
      "create function f() returns int language sql return 1 + 2",
      "create function begin() returns int language sql return 1",
      "create function s.begin(begin int) returns int language sql as ''",
      "create procedure p() language sql as $begin$ select 1; $begin$",
      "create function \"begin\"() returns int language sql return (case when true then 1 end)",
      "do $do$ begin execute $x$ select ';' $x$; end $do$",
      "do 'begin null; end'",
      "call p(1, ';')",
      "create trigger g before insert on t for each row execute function f()",
      "alter table t add column a int, drop column b, alter column c type text using c::text",
      "alter table t detach partition p concurrently",
      "alter type e add value if not exists ';' before 'a'",
      "create type e as enum (';', 'b')",
      "create domain d as text check (value ~ '^[a-z;]+$')",
      "create extension if not exists \"uuid-ossp\"",
      "comment on table t is 'a;b'",
      "comment on column t.a is E'it\\'s;'",
      "grant select (a, b), insert on t to r with grant option",
      "begin",
      "commit and no chain",
      "savepoint a",
      "set search_path = a, \"b;\", public",
      "set local lock_timeout to '2s'",
      "reset all",
      "vacuum (analyze, verbose) t (a)",
      "explain (analyze, costs off) select 1",
      "copy t (a, b) to stdout with (format csv, delimiter ';')",
      "copy (select 1; ) to stdout",
      "copy t from '/tmp/x;y'",
      "lock table t in access exclusive mode nowait",
      "notify c, 'x;y'",
      "declare c cursor for select 1",
      "fetch next from c",
      "create sequence s increment by -1 minvalue -10",
      "create policy p on t using (a = current_user) with check (true)",
      "create operator +++ (leftarg = int, rightarg = int, procedure = f)",
      "create aggregate a (int) (sfunc = f, stype = int, initcond = ';')",
      "create schema s create table t (a int) create view v as select * from t",
      "security label on table t is ';'",
      "reindex (concurrently) table t",
      "refresh materialized view concurrently v with no data",
      "import foreign schema a limit to (b) from server c into d",
      "create publication p for table t where (a > 1)",
      "select xmlelement(name a, xmlattributes(';' as b))",
      "select extract(epoch from now()), interval '1' day, timestamp with time zone 'now'",
      "select 'a' collate \"C;\", array[';'], row(1, ';')",
      "select count(*) filter (where a) over (partition by b order by c rows between 1 preceding and current row) from "
      "t",
  };
  return all;
}

/// A script that parses or, more often, does not: pieces that a lexer may trip over, in any order.
std::string soup(std::mt19937& random) {
  static const std::vector<std::string> pieces{
      "select ",
      "1",
      "a",
      "'x'",
      "';'",
      "''",
      "'",
      "\"a;\"",
      "\"",
      "$$",
      "$$;$$",
      "$a$",
      "$a$;$a$",
      "a$b$",
      "$1",
      "--",
      "-- ;\n",
      "\n",
      "/*",
      "*/",
      "/* ; */",
      "/*/",
      "(",
      ")",
      ";",
      "; ",
      ";\n",
      " ",
      "E'",
      "E'\\''",
      "E'a'\n'\\';'",
      "e",
      "U&'",
      "\\'",
      "case ",
      "end ",
      "begin ",
      "atomic ",
      "create ",
      "function ",
      "f() ",
      "returns int ",
      "or replace ",
      "+",
      "-",
      "->",
      "*",
      "/",
      ",",
      "::text ",
      "as ",
      ".",
      "from t ",
      "[1]",
      "\xC3\xA9",
      "E'a' -- b\n'\\''",
      "\t",
      "\r\n",
      "create function f() returns int begin atomic select 1; ",
      "union ",
      "when 1 then 2 ",
  };
  std::string text;
  const auto count = std::uniform_int_distribution<int>(1, 14)(random);
  for (int i = 0; i < count; ++i) {
    text += pieces[std::uniform_int_distribution<std::size_t>(0, pieces.size() - 1)(random)];
  }
  return text;
}

/// Statements of the corpus with what may stand between two of them.
std::string script(std::mt19937& random) {
  static const std::vector<std::string> between{
      ";",           ";\n",        " ; ",        ";;",      ";-- ';\n",
      ";/* ; */",    "/* ' */;\n", "\n--;\n;\n", ";\r\n\t", ";/* /* ; */ $$ */",
      "; -- $a$\r\n"};
  std::string text;
  const auto count = std::uniform_int_distribution<int>(1, 6)(random);
  for (int i = 0; i < count; ++i) {
    text += corpus()[std::uniform_int_distribution<std::size_t>(0, corpus().size() - 1)(random)];
    text += between[std::uniform_int_distribution<std::size_t>(0, between.size() - 1)(random)];
  }
  return text;
}

}  // namespace

TEST_CASE("the parser finds the statements where our splitter does", "[sql]") {
  int compared = 0;
  for (const auto& statement : corpus()) {
    for (const auto& text : {statement, statement + ";", "-- ;\n" + statement + " /* ; */ ; select 2; " + statement}) {
      INFO(text);
      const auto expected = parser_ranges(text);
      if (!expected) continue;
      ++compared;
      CHECK(texts(text, our_ranges(text)) == texts(text, *expected));
    }
  }
  CHECK(compared >= 280);
}

TEST_CASE("scripts put together from any statements are split as the parser does", "[sql]") {
  std::mt19937 random(20240229);
  int compared = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto text = script(random);
    const auto expected = parser_ranges(text);
    if (!expected) continue;
    ++compared;
    INFO(text);
    REQUIRE(texts(text, our_ranges(text)) == texts(text, *expected));
  }
  CHECK(compared > 3'000);
}

TEST_CASE("whatever the parser accepts is split as it does", "[sql]") {
  std::mt19937 random(42);
  int compared = 0;
  for (int i = 0; i < 400'000; ++i) {
    const auto text = soup(random);
    const auto expected = parser_ranges(text);
    if (!expected) continue;
    ++compared;
    INFO(text);
    REQUIRE(texts(text, our_ranges(text)) == texts(text, *expected));
  }
  CHECK(compared > 3'000);
}
