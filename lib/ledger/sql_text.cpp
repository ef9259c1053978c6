// Arrays and DO blocks.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/sql_text.hpp"

#include <fmt/format.h>

#include "sql/quote.hpp"

namespace dbmigrate {

std::string text_array_sql(const std::vector<std::string>& texts) {
  if (texts.empty()) return "'{}'::pg_catalog.text[]";
  std::string sql = "ARRAY[";
  for (std::size_t i = 0; i < texts.size(); ++i) sql += (i > 0 ? ", " : "") + sql::quote_literal(texts[i]);
  return sql + "]::pg_catalog.text[]";
}

std::string do_block(std::string_view body) {
  // A quoted name or literal may hold the tag itself.
  std::string tag = "dbmigrate";
  while (body.find("$" + tag + "$") != std::string_view::npos) tag += "_";
  return fmt::format("DO ${0}$ {1} ${0}$;", tag, body);
}

}  // namespace dbmigrate
