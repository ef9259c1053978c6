// The first tokens of a statement, to be read word by word.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/facts.hpp"
#include "sql/lexer.hpp"

namespace dbmigrate::sql {

/// A cursor over the tokens of one statement; blanks and comments are left out, and so is what lies beyond
/// kReadAhead tokens.
class Words {
 public:
  static constexpr std::size_t kReadAhead = 256;

  explicit Words(std::string_view statement);

  [[nodiscard]] bool at_end() const { return at_ >= tokens_.size(); }

  /// Whether the next token is this keyword (lower case).
  [[nodiscard]] bool next_is(std::string_view keyword) const;

  /// Goes past the keyword where it is next.
  bool take(std::string_view keyword);

  /// Goes past all of them, or nothing.
  bool take_all(std::initializer_list<std::string_view> keywords);

  /// Goes past any number of them in any order.
  void skip(std::initializer_list<std::string_view> keywords);

  /// Goes past `( … )` where it is next.
  void skip_parentheses();

  /// Goes past a single symbol such as a comma.
  bool take_symbol(char symbol);

  /// Goes past an unquoted word and returns it in upper case; empty where there is none.
  std::string take_word();

  /// Goes past a possibly qualified name; nothing where there is none, or one in U&"" whose escapes are not read here.
  std::optional<ObjectName> take_name();

  /// Whether these keywords stand in a row anywhere from here on.
  [[nodiscard]] bool has(std::initializer_list<std::string_view> keywords) const;

  /// What is said of `name` from here on in the manner of an option (`name`, `name = off`): nothing when it is not
  /// there, false for false, off and 0.
  [[nodiscard]] std::optional<bool> option(std::string_view name) const;

 private:
  [[nodiscard]] bool is(std::size_t index, std::string_view keyword) const;
  [[nodiscard]] bool is_symbol(std::size_t index, char symbol) const;
  [[nodiscard]] std::string_view text(std::size_t index) const { return tokens_[index].text_in(statement_); }

  std::string_view statement_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace dbmigrate::sql
