// The tokens of SQL as psql's lexer sees them: enough to find where a statement ends and what it begins with.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace dbmigrate::sql {

enum class TokenKind {
  end,
  blank,    ///< a run of white space
  comment,  ///< `--` up to the end of its line, or a whole nested block comment
  word,     ///< a keyword, an unquoted identifier, or the letter before a B'', X'', N'' or U& constant
  string,   ///< '…' or E'…' with its continuations, or a dollar-quoted string
  name,     ///< "…"
  open,     ///< (
  close,    ///< )
  semicolon,
  backslash,
  symbol,  ///< any other byte; a positional parameter whole
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;
  std::size_t end = 0;        ///< one past the last byte
  bool unterminated = false;  ///< a string, name or comment that the text ends in

  [[nodiscard]] std::string_view text_in(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// The token at byte `at`. Takes standard_conforming_strings as on. Reading a text token by token takes linear time.
Token next_token(std::string_view text, std::size_t at);

/// Whether `word` is `lower`, which is lower case, in any case.
bool is_word(std::string_view word, std::string_view lower);

}  // namespace dbmigrate::sql
