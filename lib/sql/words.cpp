// Reads keywords and names without a grammar.
// SPDX-License-Identifier: Apache-2.0
#include "sql/words.hpp"

#include <algorithm>

namespace dbmigrate::sql {
namespace {

constexpr std::size_t kNameBytes = 63;  // NAMEDATALEN - 1: PostgreSQL cuts longer names

/// ASCII only, as PostgreSQL folds in UTF-8.
std::string in_case(std::string_view word, char first, char to) {
  std::string folded(word);
  for (char& c : folded) {
    if (c >= first && c <= first + ('Z' - 'A')) c = static_cast<char>(c - first + to);
  }
  return folded;
}

/// Between characters.
std::string cut(std::string name) {
  if (name.size() <= kNameBytes) return name;
  std::size_t end = kNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  name.resize(end);
  return name;
}

std::string unquoted(std::string_view name) {
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    plain += name[i];
    if (name[i] == '"') ++i;
  }
  return plain;
}

}  // namespace

Words::Words(std::string_view statement) : statement_(statement) {
  Token token = next_token(statement, 0);
  for (; token.kind != TokenKind::end && tokens_.size() < kReadAhead; token = next_token(statement, token.end)) {
    if (token.kind != TokenKind::blank && token.kind != TokenKind::comment) tokens_.push_back(token);
  }
}

bool Words::is(std::size_t index, std::string_view keyword) const {
  return index < tokens_.size() && tokens_[index].kind == TokenKind::word && is_word(text(index), keyword);
}

bool Words::is_symbol(std::size_t index, char symbol) const {
  return index < tokens_.size() && tokens_[index].kind == TokenKind::symbol && text(index).front() == symbol;
}

bool Words::next_is(std::string_view keyword) const { return is(at_, keyword); }

bool Words::take(std::string_view keyword) {
  if (!next_is(keyword)) return false;
  ++at_;
  return true;
}

bool Words::take_all(std::initializer_list<std::string_view> keywords) {
  std::size_t index = at_;
  for (const auto keyword : keywords) {
    if (!is(index++, keyword)) return false;
  }
  at_ = index;
  return true;
}

void Words::skip(std::initializer_list<std::string_view> keywords) {
  while (std::any_of(keywords.begin(), keywords.end(), [&](std::string_view keyword) { return next_is(keyword); })) {
    ++at_;
  }
}

void Words::skip_parentheses() {
  std::size_t depth = 0;
  for (; !at_end(); ++at_) {
    const auto kind = tokens_[at_].kind;
    if (kind == TokenKind::open) ++depth;
    if (depth == 0) return;
    if (kind == TokenKind::close) --depth;
  }
}

bool Words::take_symbol(char symbol) {
  if (!is_symbol(at_, symbol)) return false;
  ++at_;
  return true;
}

std::string Words::take_word() {
  if (at_end() || tokens_[at_].kind != TokenKind::word) return {};
  return in_case(text(at_++), 'a', 'A');
}

std::optional<ObjectName> Words::take_name() {
  ObjectName name;
  do {
    if (at_end() || (is(at_, "u") && is_symbol(at_ + 1, '&'))) return std::nullopt;
    const auto kind = tokens_[at_].kind;
    if (kind != TokenKind::word && kind != TokenKind::name) return std::nullopt;
    name.schema = std::move(name.name);
    name.name = cut(kind == TokenKind::name ? unquoted(text(at_)) : in_case(text(at_), 'A', 'a'));
    ++at_;
  } while (take_symbol('.'));
  return name;
}

bool Words::has(std::initializer_list<std::string_view> keywords) const {
  for (std::size_t begin = at_; begin < tokens_.size(); ++begin) {
    std::size_t index = begin;
    if (std::all_of(keywords.begin(), keywords.end(), [&](std::string_view keyword) { return is(index++, keyword); })) {
      return true;
    }
  }
  return false;
}

std::optional<bool> Words::option(std::string_view name) const {
  std::optional<bool> value;
  for (std::size_t index = at_; index < tokens_.size(); ++index) {
    if (!is(index, name)) continue;
    const std::size_t next = is_symbol(index + 1, '=') ? index + 2 : index + 1;
    const auto word = next < tokens_.size() ? text(next) : std::string_view();
    const bool off = is_word(word, "false") || is_word(word, "off") || word == "0" || is_word(word, "'false'") ||
                     is_word(word, "'off'");
    value = !off;
  }
  return value;
}

}  // namespace dbmigrate::sql
