// Doubles what has to be doubled.
// SPDX-License-Identifier: Apache-2.0
#include "sql/quote.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "core/error.hpp"

namespace dbmigrate::sql {
namespace {

void refuse_nul(std::string_view text, std::string_view what) {
  const auto at = text.find('\0');
  if (at == std::string_view::npos) return;
  throw Error({
      .code = ErrorCode::usage,
      .message = fmt::format("{} contains a NUL byte", what),
      .detail = fmt::format("It is byte {} of {}; PostgreSQL cannot store it.", at + 1, text.size()),
      .hint = "Remove the byte.",
  });
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  refuse_nul(name, "a name");
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted += '"';
}

std::string quote_literal(std::string_view text) {
  refuse_nul(text, "a value");
  std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted += '\'';
}

}  // namespace dbmigrate::sql
