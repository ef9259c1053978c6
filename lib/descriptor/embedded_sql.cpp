// Tokens tell what parentheses and quotes enclose; whether the rest is SQL is for the server to say.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/embedded_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "sql/facts.hpp"
#include "sql/lexer.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

/// Why `sql` cannot stand in parentheses of ours; empty when it can.
std::string_view why_not_enclosed(std::string_view sql) {
  std::size_t open = 0;
  bool anything = false;
  for (auto token = sql::next_token(sql, 0); token.kind != sql::TokenKind::end;
       token = sql::next_token(sql, token.end)) {
    if (token.unterminated) return "a quote or a comment in it is not closed";
    if (token.kind == sql::TokenKind::semicolon) return "there is a semicolon in it";
    if (token.kind == sql::TokenKind::backslash) return "there is a command of psql in it";
    if (token.kind == sql::TokenKind::open) ++open;
    if (token.kind == sql::TokenKind::close && open-- == 0) return "it closes a parenthesis that it did not open";
    anything = anything || (token.kind != sql::TokenKind::blank && token.kind != sql::TokenKind::comment);
  }
  if (open > 0) return "a parenthesis in it is not closed";
  return anything ? "" : "there is nothing in it";
}

constexpr std::size_t kLongestName = 63;  // NAMEDATALEN - 1

/// The bytes of the longest part of `a."b.c"`, quotes left out.
std::size_t longest_part(std::string_view name) {
  std::size_t longest = 0;
  std::size_t length = 0;
  bool quoted = false;
  for (const char c : name) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      length = 0;
    } else {
      longest = std::max(longest, ++length);
    }
  }
  return longest;
}

}  // namespace

std::string read_object_name(const yaml::Value& value) {
  const auto& name = value.text();
  if (longest_part(name) <= kLongestName) return name;
  value.fail(fmt::format("{} is longer than PostgreSQL keeps names", value.name()),
             fmt::format("It cuts them at {} bytes; what is left may be the name of something else.", kLongestName),
             "Write the name as the catalog has it.");
}

std::string read_condition(const yaml::Value& value) {
  const auto& text = value.text();
  if (const auto why = why_not_enclosed(text); !why.empty()) {
    value.fail(fmt::format("{} is no condition: {}", value.name(), why),
               "It is put in parentheses into a statement, which it must not be able to end.",
               "Write one condition, as behind WHERE.");
  }
  return text;
}

std::string one_query(const yaml::Value& value, const std::string& sql) {
  const auto refuse = [&](std::string_view why) {
    value.fail(fmt::format("{} is no query: {}", value.name(), why),
               "It is asked in a transaction of dbmigrate's, on its own or as a part of a statement.",
               "Write one SELECT.");
  };
  const auto script = sql::split(sql, value.file(), value.at().line);
  if (script.statements.empty()) refuse("there is no statement in it");
  if (script.statements.size() > 1) refuse("there are several statements in it");
  const auto& statement = script.statements.front();
  if (statement.copy_data) refuse("it is a COPY with its rows");
  const auto text = script.text_of(statement);
  if (const auto why = why_not_enclosed(text); !why.empty()) refuse(why);
  if (const auto facts = sql::facts_of(text); facts.transaction_control) {
    refuse(fmt::format("{} would end the transaction", facts.command));
  }
  return sql.substr(0, statement.range.end);
}

}  // namespace dbmigrate
