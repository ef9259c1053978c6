// Selecting by key order, with the plan that keeps each batch as long as its rows.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "core/json.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

struct Setting {
  std::string_view name;
  std::string_view value;
};

/// Off, because the planner takes a column just added for one that hardly any row has a value in, and would then scan
/// and sort the whole table for each batch. The texts of keys have to read back as the same values.
constexpr std::array kSettings{
    Setting{"enable_seqscan", "off"},
    Setting{"enable_bitmapscan", "off"},
    Setting{"enable_sort", "off"},
    Setting{"enable_incremental_sort", "off"},
    Setting{"jit", "off"},
    Setting{"client_min_messages", "warning"},
    Setting{"datestyle", "'ISO, MDY'"},
    Setting{"intervalstyle", "'postgres'"},
    Setting{"extra_float_digits", "1"},
};

/// For the author's SQL: a batch looks few rows of a large table up by key, many of them on the same pages; the planner
/// takes each for a seek and would rather scan the table.
constexpr std::string_view kPlannerForLookups = "SET LOCAL random_page_cost = 1.1;";

std::string condition_of(const Backfill& backfill) {
  return backfill.where.empty() ? "true" : fmt::format("({}\n)", backfill.where);
}

/// 0 = not skipped, else the number of the reason.
std::string reason_sql(const Backfill& backfill) {
  if (backfill.skip.empty()) return "0";
  std::string text = "CASE";
  for (std::size_t i = 0; i < backfill.skip.size(); ++i) {
    text += fmt::format(" WHEN ({}\n) THEN {}", backfill.skip[i].when, i + 1);
  }
  return text + " ELSE 0 END";
}

std::string behind(const WalkKey& key, const std::optional<RowKey>& after) {
  if (!after) return "true";
  return fmt::format("{} > {}", key.row(key.table + "."), key.value(*after));
}

/// Compared as a hashed list, which leaves the order of the walk alone.
std::string not_quarantined(const WalkKey& key, const std::string& quarantine) {
  if (quarantine.empty()) return "true";
  std::string values;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    values += fmt::format("{}f.key[{}]::{}", i > 0 ? ", " : "", i + 1, key.types[i]);
  }
  return fmt::format("{} NOT IN (SELECT {} FROM {})", key.row(key.table + "."), values, quarantine);
}

std::string edge_sql(const WalkKey& key, const Wanted& wanted) {
  const auto list = key.list();
  const auto behind_cursor = behind(key, wanted.after);
  return fmt::format(
      "(SELECT {0} FROM ((SELECT {0}, 1 AS dbmigrate_choice FROM {1} WHERE {2} ORDER BY {3} OFFSET {4} LIMIT 1) UNION "
      "ALL"
      " (SELECT {0}, 2 FROM {1} WHERE {2} ORDER BY {5} LIMIT 1)) ends ORDER BY dbmigrate_choice LIMIT 1)",
      list, key.table, behind_cursor, key.list(key.table + "."), std::max<std::int64_t>(wanted.window, 1) - 1, [&] {
        std::string down;
        for (const auto& column : key.columns) {
          down += fmt::format("{}{}.{} DESC", down.empty() ? "" : ", ", key.table, sql::quote_identifier(column));
        }
        return down;
      }());
}

std::string range_sql(const WalkKey& key, const Wanted& wanted) {
  const auto row = key.row(key.table + ".");
  if (wanted.only) return fmt::format("{} = {}", row, key.value(*wanted.only));
  return fmt::format("{} AND {} <= (SELECT {} FROM edge)", behind(key, wanted.after), row, key.list());
}

std::string fill_sql(const WalkKey& key, const Backfill& backfill, const Wanted& wanted,
                     const std::string& quarantine) {
  std::string down;
  for (const auto& column : key.columns) down += (down.empty() ? "" : ", ") + sql::quote_identifier(column) + " DESC";
  std::string text = fmt::format(
      "WITH edge AS MATERIALIZED {},",
      wanted.only ? fmt::format("(SELECT {} FROM {} LIMIT 0)", key.list(), key.table) : edge_sql(key, wanted));
  text += fmt::format(
      " due AS MATERIALIZED (SELECT {}, {} AS dbmigrate_reason FROM {} WHERE {} AND {} AND {} ORDER BY {} LIMIT {}"
      " FOR NO KEY UPDATE),",
      key.list(key.table + "."), reason_sql(backfill), key.table, range_sql(key, wanted), condition_of(backfill),
      not_quarantined(key, wanted.spare_quarantined ? quarantine : ""), key.list(key.table + "."), wanted.rows);
  text += fmt::format(" put AS (INSERT INTO pg_temp.batch SELECT {} FROM due WHERE dbmigrate_reason = 0)", key.list());
  text += fmt::format(
      " SELECT (SELECT pg_catalog.to_jsonb(ARRAY[{0}]) FROM edge), count(*),"
      " (SELECT pg_catalog.to_jsonb(ARRAY[{0}]) FROM due ORDER BY {1} LIMIT 1),"
      " (SELECT pg_catalog.jsonb_agg(ARRAY[{0}]) FROM (SELECT * FROM due WHERE dbmigrate_reason = 0 LIMIT {2}) told)",
      key.texts(), down, wanted.keys_told);
  for (std::size_t i = 1; i <= backfill.skip.size(); ++i) {
    text += fmt::format(", count(*) FILTER (WHERE dbmigrate_reason = {})", i);
  }
  return text + " FROM due;";
}

}  // namespace

const std::size_t kSettingsBehind = kSettings.size() + 1;

std::int64_t Selected::ready() const { return due - std::accumulate(skipped.begin(), skipped.end(), std::int64_t{0}); }

std::vector<std::string> selection_sql(const WalkKey& key, const Backfill& backfill, const Wanted& wanted,
                                       BatchTable kind, const std::string& quarantine) {
  std::vector<std::string> statements;
  for (const auto& setting : kSettings)
    statements.push_back(fmt::format("SET LOCAL {} = {};", setting.name, setting.value));
  statements.push_back(
      fmt::format("CREATE TEMPORARY TABLE IF NOT EXISTS batch ON COMMIT {} AS SELECT {} FROM {} WITH NO DATA;",
                  kind == BatchTable::kept_for_session ? "DELETE ROWS" : "DROP", key.list(), key.table));
  statements.push_back(fill_sql(key, backfill, wanted, quarantine));
  for (const auto& setting : kSettings) statements.push_back(fmt::format("SET LOCAL {} TO DEFAULT;", setting.name));
  statements.emplace_back(kPlannerForLookups);
  return statements;
}

Selected selected_of(const Result& result, std::size_t reasons) {
  Selected selected;
  const auto& row = result.rows.at(0);
  if (row.at(0)) selected.edge = key_of_json(*row[0]);
  selected.due = result.number(0, 1);
  if (row.at(2)) selected.last_due = key_of_json(*row[2]);
  if (row.at(3)) {
    const Json told = Json::parse(*row[3]);
    for (const auto& key : told) selected.keys.push_back(key.get<RowKey>());
  }
  for (std::size_t i = 0; i < reasons; ++i) selected.skipped.push_back(result.number(0, 4 + i));
  return selected;
}

std::string still_due_sql(const WalkKey& key, const Backfill& backfill) {
  return fmt::format("SELECT count(*) FROM {} WHERE {} IN (SELECT {} FROM pg_temp.batch) AND {};", key.table,
                     key.row(key.table + "."), key.list("batch."), condition_of(backfill));
}

std::string any_due_sql(const WalkKey& key, const Backfill& backfill, const std::string& quarantine) {
  return fmt::format("SELECT EXISTS (SELECT FROM {} WHERE {} AND {} = 0 AND {});", key.table, condition_of(backfill),
                     reason_sql(backfill), not_quarantined(key, quarantine));
}

std::string count_sql(const std::string& table, const Backfill& backfill) {
  std::string text = "SELECT count(*)";
  for (std::size_t i = 1; i <= backfill.skip.size(); ++i) {
    text += fmt::format(", count(*) FILTER (WHERE dbmigrate_reason = {})", i);
  }
  return fmt::format("{} FROM (SELECT {} AS dbmigrate_reason FROM {} WHERE {}) due;", text, reason_sql(backfill), table,
                     condition_of(backfill));
}

std::string next_key_sql(const WalkKey& key, const std::optional<RowKey>& after) {
  return fmt::format("SELECT pg_catalog.to_jsonb(ARRAY[{}]) FROM {} WHERE {} ORDER BY {} LIMIT 1;",
                     key.texts(key.table + "."), key.table, behind(key, after), key.list(key.table + "."));
}

}  // namespace dbmigrate
