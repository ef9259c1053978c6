// `$1` becomes a literal.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/parameters.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

#include "sql/quote.hpp"

namespace dbmigrate {

std::string with_literals(std::string_view sql, const std::vector<Value>& parameters) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    std::size_t number = 0;
    const auto* end = sql.data() + sql.size();
    const auto parsed = std::from_chars(sql.data() + at + 1, end, number);
    if (sql[at] != '$' || parsed.ec != std::errc{} || number < 1 || number > parameters.size()) {
      text += sql[at];
      continue;
    }
    const auto& parameter = parameters[number - 1];
    text += parameter ? sql::quote_literal(*parameter) : "NULL";
    at = static_cast<std::size_t>(parsed.ptr - sql.data()) - 1;
  }
  return text;
}

}  // namespace dbmigrate
