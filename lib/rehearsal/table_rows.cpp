// One digest a table; rows one by one only where those differ.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/table_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "catalog/dated_names.hpp"

namespace dbmigrate {
namespace {

/// Texts of values as they are in every session, whatever a migration set for the database.
constexpr std::string_view kBegin =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp;"
    " SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';"
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'";

std::string listed_columns(const std::vector<std::string>& columns) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + column;
  return list;
}

std::vector<std::string> common(const std::vector<std::string>& left, const std::vector<std::string>& right,
                                const std::vector<std::string>& apart) {
  const auto has = [](const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  std::vector<std::string> both;
  for (const auto& one : left) {
    if (has(right, one) && !has(apart, one)) both.push_back(one);
  }
  return both;
}

/// Rows of `left` that `right` has not.
long only_in(const std::map<std::string, long>& left, const std::map<std::string, long>& right) {
  long count = 0;
  for (const auto& [row, times] : left) {
    const auto found = right.find(row);
    count += std::max(0L, times - (found == right.end() ? 0L : found->second));
  }
  return count;
}

RowDifference look_closer(TableReader& before, TableReader& after, const std::string& table,
                          const std::vector<std::string>& columns, long rows_before) {
  const auto left = before.rows(table, columns);
  const auto right = after.rows(table, columns);
  RowDifference difference{
      .table = table, .before = rows_before, .gone = only_in(left, right), .left = only_in(right, left), .columns = {}};
  if (difference.gone == 0) return difference;
  for (const auto& column : columns) {
    if (before.digest(table, {column}) != after.digest(table, {column})) difference.columns.push_back(column);
  }
  return difference;
}

}  // namespace

TableColumns columns_of_tables(const Snapshot& snapshot) {
  TableColumns tables;
  for (const auto& [key, properties] : snapshot.objects) {
    if (key.kind == ObjectKind::table) tables[key.identity];
  }
  std::map<std::string, std::vector<std::pair<int, std::string>>> placed;
  for (const auto& [key, properties] : snapshot.objects) {
    if (key.kind != ObjectKind::column) continue;
    const auto relation = owner_relation({key, {}});
    if (!tables.contains(relation)) continue;
    placed[relation].emplace_back(std::atoi(properties.at("position").c_str()),
                                  key.identity.substr(relation.size() + 1));
  }
  for (auto& [relation, columns] : placed) {
    std::sort(columns.begin(), columns.end());
    for (auto& [position, name] : columns) tables[relation].push_back(std::move(name));
  }
  return tables;
}

TableReader::TableReader(Session& session, const Snapshot& catalog) : session_(session), catalog_(catalog) {}

bool TableReader::has(const std::string& table, const std::string& column) const {
  return catalog_.find({ObjectKind::column, table + "." + column}) != nullptr;
}

Result TableReader::ask(const std::string& query) {
  session_.run(kBegin);
  auto result = session_.query(query);
  session_.run("ROLLBACK");
  return result;
}

/// The sum of the rows' digests does not depend on their order, and the server takes no memory for it.
RowDigest TableReader::digest(const std::string& table, const std::vector<std::string>& columns) {
  const auto result =
      ask(fmt::format("SELECT count(*), concat(sum(('x' || substr(h, 1, 16))::bit(64)::bigint::numeric), ' ',"
                      " sum(('x' || substr(h, 17))::bit(64)::bigint::numeric))"
                      " FROM (SELECT md5(ROW({})::text) AS h FROM ONLY {}) AS rows",
                      listed_columns(columns), with_days(table, catalog_.dated_names)));
  return {std::strtol(result.text(0, 0).c_str(), nullptr, 10), result.text(0, 1)};
}

std::map<std::string, long> TableReader::rows(const std::string& table, const std::vector<std::string>& columns) {
  const auto result = ask(fmt::format("SELECT md5(ROW({})::text), count(*) FROM ONLY {} GROUP BY 1",
                                      listed_columns(columns), with_days(table, catalog_.dated_names)));
  std::map<std::string, long> rows;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    rows.emplace(result.text(i, 0), std::strtol(result.text(i, 1).c_str(), nullptr, 10));
  }
  return rows;
}

std::map<std::string, long> TableReader::counts(const TableColumns& tables) {
  std::map<std::string, long> counts;
  for (const auto& [table, columns] : tables) {
    const auto result = ask(fmt::format("SELECT count(*) FROM ONLY {}", with_days(table, catalog_.dated_names)));
    counts.emplace(table, std::strtol(result.text(0, 0).c_str(), nullptr, 10));
  }
  return counts;
}

std::vector<RowDifference> compare_rows(TableReader& before, const TableColumns& columns_before, TableReader& after,
                                        const TableColumns& columns_after, const TableColumns& columns_apart) {
  std::vector<RowDifference> differences;
  for (const auto& [table, columns] : columns_before) {
    const auto found = columns_after.find(table);
    if (found == columns_after.end()) continue;
    const auto apart = columns_apart.find(table);
    const auto both =
        common(columns, found->second, apart == columns_apart.end() ? std::vector<std::string>{} : apart->second);
    const auto was = before.digest(table, both);
    if (was == after.digest(table, both)) continue;
    differences.push_back(look_closer(before, after, table, both, was.rows));
  }
  return differences;
}

}  // namespace dbmigrate
