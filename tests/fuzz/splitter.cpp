// Splitting a script: ranges in order, nothing lost, and a statement alone is the same statement.
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.hpp"
#include "sql/lexer.hpp"
#include "sql/script.hpp"

using namespace dbmigrate;

namespace {

void check_tokens(std::string_view text) {
  std::size_t at = 0;
  for (auto token = sql::next_token(text, 0); token.kind != sql::TokenKind::end; token = sql::next_token(text, at)) {
    fuzz::require(token.begin == at, "a token begins where the one before it ended");
    fuzz::require(token.end > token.begin && token.end <= text.size(), "a token has bytes, of the text");
    at = token.end;
  }
  fuzz::require(at == text.size(), "the tokens reach to the end");
}

void check_script(std::string_view text) {
  const auto script = sql::split(text, "fuzz.sql");
  std::size_t before = 0;
  for (const auto& statement : script.statements) {
    fuzz::require(statement.range.begin >= before, "statements are in order");
    fuzz::require(statement.range.end > statement.range.begin, "a statement has bytes");
    fuzz::require(statement.range.end <= text.size(), "a statement ends in the text");
    before = statement.range.end;
    const auto place = sql::position_at(text, statement.range.begin);
    fuzz::require(place.line == statement.line && place.column == statement.column, "a statement is where it says");
    if (statement.copy_data) {
      fuzz::require(statement.copy_data->begin >= statement.range.end, "rows follow their statement");
      fuzz::require(statement.copy_data->end <= text.size(), "rows end in the text");
      continue;
    }
    const auto again = sql::split(script.text_of(statement), "fuzz.sql");
    fuzz::require(again.statements.size() == 1, "a statement alone is one statement");
    fuzz::require(again.text_of(again.statements.front()) == script.text_of(statement), "and the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_tokens(text);
  fuzz::attempt([&] { check_script(text); });
  return 0;
}
