// libpg_query's normalisation hides literals, those of CREATE ROLE … PASSWORD included.
// SPDX-License-Identifier: Apache-2.0
#include "sql/literals.hpp"

#include <pg_query.h>

#include "sql/large_stack.hpp"

namespace dbmigrate::sql {
namespace {

constexpr std::size_t kLongest = 2'000;
constexpr std::size_t kStack = std::size_t{512} << 20U;

/// At most `size` bytes, cut between characters.
std::string cut(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  return text + " …";
}

std::string first_words(std::string_view statement) {
  std::size_t end = 0;
  for (int words = 0; end < statement.size() && words < 3; ++end) {
    const char c = statement[end];
    if (c == ' ' || c == '\n') ++words;
    if (c == '\'' || c == '$' || c == '(') break;
  }
  return std::string(statement.substr(0, end)) + "…";
}

}  // namespace

std::string without_literals(std::string_view statement) {
  if (statement.empty()) return "";
  // A constant larger than this is data; the parser would only be kept busy.
  constexpr std::size_t kTooLong = 1 << 20;
  if (statement.size() > kTooLong) return first_words(statement);
  const std::string text(statement);
  std::string normal;
  on_large_stack(kStack, [&](std::size_t) {
    PgQueryNormalizeResult result = pg_query_normalize(text.c_str());
    if (result.error == nullptr && result.normalized_query != nullptr) normal = result.normalized_query;
    pg_query_free_normalize_result(result);
  });
  // DO and function bodies are constants too; their text is the statement, so nothing but the frame is left of them.
  return normal.empty() ? first_words(statement) : cut(std::move(normal), kLongest);
}

}  // namespace dbmigrate::sql
