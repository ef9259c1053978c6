// Names and values as they may stand in SQL.
// SPDX-License-Identifier: Apache-2.0
#include "sql/quote.hpp"

#include "core/error.hpp"
#include "sql/lexer.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::sql;
using namespace std::string_literals;

TEST_CASE("an identifier is always quoted", "[sql]") {
  CHECK(quote_identifier("persons") == "\"persons\"");
  CHECK(quote_identifier("Order \"x\"") == "\"Order \"\"x\"\"\"");
  CHECK(quote_identifier("a\\b'c") == "\"a\\b'c\"");
}

TEST_CASE("a literal means the same whatever standard_conforming_strings is", "[sql]") {
  CHECK(quote_literal("") == "''");
  CHECK(quote_literal("it's") == "'it''s'");
  CHECK(quote_literal("C:\\it's") == "E'C:\\\\it''s'");
  CHECK(quote_literal("\\") == "E'\\\\'");
}

TEST_CASE("a quoted text is one token, whatever is in it", "[sql]") {
  for (const auto* text : {"'", "''", "\\'", "\\", "a\\", "$$", "/*", "--", ";", "\n'\n", "\"", "\xC3\xA9\\'"}) {
    INFO(text);
    const auto literal = quote_literal(text);
    const auto name = quote_identifier(text);
    CHECK(next_token(literal, 0).end == literal.size());
    CHECK_FALSE(next_token(literal, 0).unterminated);
    CHECK(next_token(name, 0).end == name.size());
    CHECK_FALSE(next_token(name, 0).unterminated);
  }
}

TEST_CASE("a NUL byte is refused", "[sql]") {
  CHECK_THROWS_AS(quote_identifier("a\0b"s), Error);
  try {
    quote_literal("a\0b"s);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    CHECK(error.info().message == "a value contains a NUL byte");
    CHECK(error.info().detail == "It is byte 2 of 3; PostgreSQL cannot store it.");
  }
}
