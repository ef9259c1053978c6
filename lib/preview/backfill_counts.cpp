// The backfill's own count, over a table as it will be.
// SPDX-License-Identifier: Apache-2.0
#include "preview/backfill_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backfill/progress.hpp"
#include "backfill/selection.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

std::string last_part(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

/// `, NULL::uuid AS person_id` for each column that only the clone has.
std::string columns_to_come(const std::string& table, const std::vector<std::string>& there, Session& clone) {
  const auto rows = clone.run(fmt::format(
      "SELECT pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod),"
      " CASE WHEN a.atthasmissing THEN "
      "pg_catalog.quote_literal((a.attmissingval::pg_catalog.text::pg_catalog.text[])[1])"
      " ELSE 'NULL' END FROM pg_catalog.pg_attribute a"
      " WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
      sql::quote_literal(table)));
  std::string text;
  const auto& columns = rows.back();
  for (std::size_t row = 0; row < columns.rows.size(); ++row) {
    if (std::find(there.begin(), there.end(), columns.text(row, 0)) != there.end()) continue;
    text += fmt::format(", {}::{} AS {}", columns.text(row, 2), columns.text(row, 1), columns.text(row, 0));
  }
  return text;
}

std::string not_skipped(const Backfill& backfill) {
  std::string text;
  for (const auto& skip : backfill.skip) text += fmt::format(" AND ({}) IS NOT TRUE", skip.when);
  return text;
}

std::string key_list(const Backfill& backfill) {
  std::string text;
  for (const auto& column : backfill.key) text += (text.empty() ? "" : ", ") + sql::quote_identifier(column);
  return text;
}

}  // namespace

std::int64_t BackfillOutlook::skipped_total() const {
  return std::accumulate(skipped.begin(), skipped.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& one) { return sum + one.second; });
}

BackfillOutlook outlook_of(const Backfill& backfill, TargetReader& reader, Session* clone) {
  BackfillOutlook outlook{.name = backfill.name, .table = backfill.table, .key = backfill.key};
  const auto there = column_names(reader, backfill.table);
  if (there.empty()) {
    outlook.why = fmt::format("Counted when it is reached: {} comes with the plan.", backfill.table);
    return outlook;
  }
  std::string table = backfill.table;
  if (clone != nullptr) {
    const auto more = columns_to_come(backfill.table, there, *clone);
    if (!more.empty()) table = fmt::format("(SELECT t.*{} FROM {} t) AS {}", more, table, last_part(table));
  }
  const auto counts = reader.ask(count_sql(table, backfill));
  if (!counts.result) {
    outlook.why = fmt::format("Counted when it is reached: {}.", counts.why);
    return outlook;
  }
  outlook.known = true;
  outlook.found = std::stoll(counts.result->text(0, 0));
  for (std::size_t i = 0; i < backfill.skip.size(); ++i) {
    outlook.skipped.emplace_back(backfill.skip[i].because, std::stoll(counts.result->text(0, i + 1)));
  }
  const auto keys = reader.ask(
      fmt::format("SELECT {0} FROM {1} WHERE {2}{3} ORDER BY {0} LIMIT {4}", key_list(backfill), table,
                  backfill.where.empty() ? "true" : "(" + backfill.where + ")", not_skipped(backfill), kRowsTold));
  if (!keys.result) return outlook;
  for (const auto& row : keys.result->rows) {
    auto& key = outlook.keys.emplace_back();
    for (const auto& value : row) key.push_back(value.value_or("NULL"));
  }
  return outlook;
}

}  // namespace dbmigrate
