// Finds the end of one token; follows src/fe_utils/psqlscan.l and scan.l of PostgreSQL in what it takes for one.
// SPDX-License-Identifier: Apache-2.0
#include "sql/lexer.hpp"

namespace dbmigrate::sql {
namespace {

constexpr auto kNowhere = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Bytes outside ASCII are letters, whatever the encoding.
bool starts_word(char c) {
  const char folded = lower(c);
  return (folded >= 'a' && folded <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_tag(char c) { return starts_word(c) || is_digit(c); }
bool continues_word(char c) { return continues_tag(c) || c == '$'; }

std::size_t end_of_line(std::string_view text, std::size_t at) {
  while (at < text.size() && !is_line_end(text[at])) ++at;
  return at;
}

/// One past the closing quote, or kNowhere; `at` is after the opening one. A doubled quote is part of the content.
std::size_t end_of_quoted(std::string_view text, std::size_t at, char quote) {
  for (;;) {
    at = text.find(quote, at);
    if (at == kNowhere) return kNowhere;
    if (at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
    at += 2;
  }
}

std::size_t end_of_escape_segment(std::string_view text, std::size_t at) {
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'') {
      if (at + 1 >= text.size() || text[at + 1] != '\'') return at + 1;
      ++at;
    }
  }
  return kNowhere;
}

/// After a string's closing quote: where the content goes on when the next line begins with another quote, which
/// SQL joins to the same constant; else kNowhere.
std::size_t continuation(std::string_view text, std::size_t at) {
  bool new_line = false;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      new_line = new_line || is_line_end(text[at]);
      ++at;
    } else if (text.compare(at, 2, "--") == 0) {
      at = end_of_line(text, at);
    } else {
      return new_line && text[at] == '\'' ? at + 1 : kNowhere;
    }
  }
  return kNowhere;
}

/// `at` is after E'. Continuations matter here alone: a later part takes backslashes too.
std::size_t end_of_escape_string(std::string_view text, std::size_t at) {
  for (;;) {
    const auto end = end_of_escape_segment(text, at);
    if (end == kNowhere) return kNowhere;
    at = continuation(text, end);
    if (at == kNowhere) return end;
  }
}

/// `at` is after the first `/*`.
std::size_t end_of_comment(std::string_view text, std::size_t at) {
  std::size_t depth = 1;
  while (at + 1 < text.size()) {
    if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0) return at;
    } else if (text[at] == '/' && text[at + 1] == '*') {
      at += 2;
      ++depth;
    } else {
      ++at;
    }
  }
  return kNowhere;
}

/// `$tag$` at `at`, dollars included; empty when there is none.
std::string_view dollar_tag(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if (end < text.size() && starts_word(text[end])) {
    while (end < text.size() && continues_tag(text[end])) ++end;
  }
  if (end >= text.size() || text[end] != '$') return {};
  return text.substr(at, end + 1 - at);
}

Token token(TokenKind kind, std::string_view text, std::size_t begin, std::size_t end) {
  return end == kNowhere ? Token{kind, begin, text.size(), true} : Token{kind, begin, end, false};
}

Token word_or_escape_string(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && continues_word(text[end])) ++end;
  const bool escapes = end == at + 1 && lower(text[at]) == 'e' && end < text.size() && text[end] == '\'';
  if (escapes) return token(TokenKind::string, text, at, end_of_escape_string(text, end + 1));
  return token(TokenKind::word, text, at, end);
}

Token dollar(std::string_view text, std::size_t at) {
  if (const auto tag = dollar_tag(text, at); !tag.empty()) {
    const auto close = text.find(tag, at + tag.size());
    return token(TokenKind::string, text, at, close == kNowhere ? kNowhere : close + tag.size());
  }
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return token(TokenKind::symbol, text, at, end);
}

}  // namespace

Token next_token(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {TokenKind::end, text.size(), text.size(), false};
  const char c = text[at];
  if (is_blank(c)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_blank(text[end])) ++end;
    return token(TokenKind::blank, text, at, end);
  }
  if (starts_word(c)) return word_or_escape_string(text, at);
  switch (c) {
    case '\'':
      return token(TokenKind::string, text, at, end_of_quoted(text, at + 1, c));
    case '"':
      return token(TokenKind::name, text, at, end_of_quoted(text, at + 1, c));
    case '$':
      return dollar(text, at);
    case '(':
      return token(TokenKind::open, text, at, at + 1);
    case ')':
      return token(TokenKind::close, text, at, at + 1);
    case ';':
      return token(TokenKind::semicolon, text, at, at + 1);
    case '\\':
      return token(TokenKind::backslash, text, at, at + 1);
    case '-':
      if (text.compare(at, 2, "--") == 0) return token(TokenKind::comment, text, at, end_of_line(text, at));
      break;
    case '/':
      if (text.compare(at, 2, "/*") == 0) return token(TokenKind::comment, text, at, end_of_comment(text, at + 2));
      break;
    default:
      break;
  }
  return token(TokenKind::symbol, text, at, at + 1);
}

bool is_word(std::string_view word, std::string_view lower_case) {
  if (word.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(word[i]) != lower_case[i]) return false;
  }
  return true;
}

}  // namespace dbmigrate::sql
