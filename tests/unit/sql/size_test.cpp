// Long files: linear time, and no stack that overflows.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "sql/facts.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::sql;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  while (times-- > 0) all += text;
  return all;
}

double seconds_for(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("a million statements are split in time that grows with the text alone", "[sql]") {
  for (const auto* separator : {"\n", " "}) {
    const auto text = repeated(std::string("select 'a', $$b$$; ") + separator, 1'000'000);
    std::size_t count = 0;
    const double seconds = seconds_for([&] { count = split(text, "x").statements.size(); });
    CHECK(count == 1'000'000);
    CHECK(seconds < 20);  // about one without optimisation; a quadratic splitter would take hours
  }
}

TEST_CASE("no construct makes a long text slow", "[sql]") {
  const std::size_t times = 300'000;
  const std::vector<std::string> texts{
      "select '" + repeated("''", times) + "';",
      "select E'" + repeated("\\'", times) + "';",
      "select " + repeated("E'a'\n", times) + ";",
      "select " + repeated("E'a' -- b\n", times) + "+1;",
      "select " + repeated("$a", times) + ";",
      "select $$" + repeated("$a", times) + "$$;",
      "select $tag$" + repeated("$ta$tag", times) + "$tag$;",
      "select $" + repeated("a", times) + "$" + repeated("$aaa", times) + "$" + repeated("a", times) + "$;",
      repeated("/* ", times) + repeated("*/", times) + "select 1;",
      "select " + repeated("(", times) + repeated(")", times) + ";",
      "select " + repeated("-", 1) + repeated("/+", times) + ";",
      "copy t from stdin;\n" + repeated("\\.x\n", times) + "\\.\n",
      "create function f() begin atomic select " + repeated("case ", times) + repeated("end ", times) + "; end;",
  };
  for (const auto& text : texts) {
    INFO(text.substr(0, 20));
    std::size_t count = 0;
    CHECK(seconds_for([&] { count = split(text, "x").statements.size(); }) < 20);
    CHECK(count == 1);
  }
}

TEST_CASE("what is never closed in a long text is refused as fast", "[sql]") {
  const std::size_t times = 300'000;
  for (const auto& text : {repeated("/*", times), repeated("(", times), repeated("select 1;\n", times) + "'",
                           "select E'" + repeated("\\'", times), "select $a$" + repeated("$", times)}) {
    INFO(text.substr(0, 20));
    CHECK(seconds_for([&] { CHECK_THROWS_AS(split(text, "x"), Error); }) < 20);
  }
}

TEST_CASE("an expression of any length is understood", "[sql]") {
  for (const std::size_t operators : {30'000UL, 100'000UL}) {
    const auto text = "create table t as select 1" + repeated("+1", operators);
    INFO(operators);
    const auto facts = facts_of(text);
    CHECK(facts.parse_error == "");
    CHECK(facts.creates_tables.size() == 1);
  }
  CHECK(facts_of("select 1" + repeated(" union all select 1", 20'000)).parsed);
  CHECK(facts_of("select 1 into t" + repeated(" union all select 1", 20'000)).creates_tables.size() == 1);
}

TEST_CASE("what nests too deep for the parser is answered from its first words", "[sql]") {
  const auto facts = facts_of("create table t as select " + repeated("(", 20'000) + "1" + repeated(")", 20'000));
  CHECK(facts.creates_tables.size() == 1);
  const auto not_chain = facts_of("do " + repeated("not ", 200'000));
  CHECK_FALSE(not_chain.parsed);
  CHECK(not_chain.call_or_do);
}

TEST_CASE("facts of 200 000 statements are read quickly", "[sql]") {
  const auto text = repeated("insert into t (a, b) values (1, 'x');\n", 200'000);
  const auto script = split(text, "x");
  std::vector<std::string_view> statements;
  for (const auto& statement : script.statements) statements.push_back(script.text_of(statement));
  std::vector<StatementFacts> facts;
  CHECK(seconds_for([&] { facts = facts_of(statements); }) < 60);  // some seconds
  REQUIRE(facts.size() == 200'000);
  CHECK(facts.back().parsed);
  CHECK(facts.back().command == "INSERT");
}
