// A body's semicolons end its statements, but words of PL/pgSQL may stand before them.
// SPDX-License-Identifier: Apache-2.0
#include "sql/body_pieces.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "sql/lexer.hpp"

namespace dbmigrate::sql {
namespace {

constexpr std::size_t kMostBeginnings = 16;  // deeper nesting within one piece is not written

bool opens_statements(std::string_view word) {
  constexpr std::array<std::string_view, 4> kOpening{"begin", "then", "else", "loop"};
  return std::any_of(kOpening.begin(), kOpening.end(), [&](std::string_view one) { return is_word(word, one); });
}

}  // namespace

std::vector<std::vector<std::string_view>> pieces_of_body(std::string_view body) {
  std::vector<std::vector<std::string_view>> pieces;
  std::vector<std::size_t> begins;
  bool may_begin = true;
  int depth = 0;
  for (std::size_t at = 0; at < body.size();) {
    const auto token = next_token(body, at);
    at = token.end;
    if (token.kind == TokenKind::end || token.unterminated) break;
    if (token.kind == TokenKind::blank || token.kind == TokenKind::comment) continue;
    if (token.kind == TokenKind::semicolon && depth == 0) {
      auto& piece = pieces.emplace_back();
      for (const auto begin : begins) piece.push_back(body.substr(begin, token.begin - begin));
      begins.clear();
      may_begin = true;
      continue;
    }
    if (token.kind == TokenKind::open) ++depth;
    if (token.kind == TokenKind::close) --depth;
    if (may_begin && token.kind == TokenKind::word && begins.size() < kMostBeginnings) begins.push_back(token.begin);
    may_begin = depth == 0 && token.kind == TokenKind::word && opens_statements(token.text_in(body));
  }
  return pieces;
}

}  // namespace dbmigrate::sql
