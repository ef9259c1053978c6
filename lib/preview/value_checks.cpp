// One count for each demand.
// SPDX-License-Identifier: Apache-2.0
#include "preview/value_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/figures.hpp"

namespace dbmigrate {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view prefix = "", std::string_view suffix = "",
                   std::string_view separator = ", ") {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += separator;
    text.append(prefix).append(part).append(suffix);
  }
  return text;
}

std::string foreign_key_sql(const ValueDemand& demand) {
  std::string same;
  for (std::size_t i = 0; i < demand.columns.size(); ++i) {
    same += fmt::format("{}r.{} = t.{}", i > 0 ? " AND " : "", demand.referenced_columns.at(i), demand.columns[i]);
  }
  return fmt::format("SELECT count(*) FROM {} t WHERE {} AND NOT EXISTS (SELECT FROM {} r WHERE {})", demand.table,
                     joined(demand.columns, "t.", " IS NOT NULL", " AND "), demand.references, same);
}

std::string unique_sql(const ValueDemand& demand) {
  std::string where = demand.expression;
  if (!demand.nulls_are_equal) {
    where += (where.empty() ? "" : " AND ") + joined(demand.columns, "(", ") IS NOT NULL", " AND ");
  }
  return fmt::format(
      "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {}{}{} GROUP BY {} HAVING count(*) > 1) twice",
      demand.table, where.empty() ? "" : " WHERE ", where, joined(demand.columns, "(", ")"));
}

}  // namespace

std::string refused_rows_sql(const ValueDemand& demand) {
  switch (demand.kind) {
    case ValueDemand::Kind::not_null:
      return fmt::format("SELECT count(*) FROM {} WHERE {} IS NULL", demand.table, demand.columns.at(0));
    case ValueDemand::Kind::no_rows:
      return fmt::format("SELECT count(*) FROM {}", demand.table);
    case ValueDemand::Kind::unique:
      return unique_sql(demand);
    case ValueDemand::Kind::foreign_key:
      return foreign_key_sql(demand);
    case ValueDemand::Kind::check:
      return fmt::format("SELECT count(*) FROM {} WHERE NOT ({})", demand.table, demand.expression);
  }
  return "";
}

std::string demanded_text(const ValueDemand& demand) {
  const auto columns = joined(demand.columns);
  switch (demand.kind) {
    case ValueDemand::Kind::not_null:
      return fmt::format("no row of {} has NULL in {}", demand.table, columns);
    case ValueDemand::Kind::no_rows:
      return fmt::format("{} is empty, since nothing fills the new column {}", demand.table, columns);
    case ValueDemand::Kind::unique:
      return fmt::format("no two rows of {} have the same {} ({})", demand.table, columns, demand.name);
    case ValueDemand::Kind::foreign_key:
      return fmt::format("each row of {} finds one of {} by {} ({})", demand.table, demand.references, columns,
                         demand.name);
    case ValueDemand::Kind::check:
      return fmt::format("each row of {} satisfies {} {}", demand.table, demand.name, demand.expression);
  }
  return "";
}

std::string refused_rows_text(const ValueDemand& demand, std::int64_t rows) {
  const auto count = count_of(rows, "row");
  const auto columns = joined(demand.columns);
  switch (demand.kind) {
    case ValueDemand::Kind::not_null:
      return fmt::format("{} of {} {} NULL in {}", count, demand.table, rows == 1 ? "has" : "have", columns);
    case ValueDemand::Kind::no_rows:
      return fmt::format("{} has {}, and nothing fills the new column {}, which refuses NULL", demand.table, count,
                         columns);
    case ValueDemand::Kind::unique:
      return fmt::format("{} of {} {} what another row has in {} ({})", count, demand.table,
                         rows == 1 ? "repeats" : "repeat", columns, demand.name);
    case ValueDemand::Kind::foreign_key:
      return fmt::format("{} of {} {} no row of {} in {} ({})", count, demand.table, rows == 1 ? "finds" : "find",
                         demand.references, columns, demand.name);
    case ValueDemand::Kind::check:
      return fmt::format("{} of {} {} {} {}", count, demand.table, rows == 1 ? "violates" : "violate", demand.name,
                         demand.expression);
  }
  return "";
}

bool ValueChecks::has_columns(const std::string& table, const std::vector<std::string>& columns,
                              ValueDemand::Kind kind) {
  auto known = columns_.find(table);
  if (known == columns_.end()) known = columns_.emplace(table, column_names(reader_, table)).first;
  if (known->second.empty()) return false;
  // Keys of an index may be expressions: whether they can be asked, the server says.
  if (kind == ValueDemand::Kind::no_rows || kind == ValueDemand::Kind::unique) return true;
  return std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
    return std::find(known->second.begin(), known->second.end(), column) != known->second.end();
  });
}

ValueCheck ValueChecks::check(const ValueDemand& demand) {
  using Outcome = ValueCheck::Outcome;
  if (!has_columns(demand.table, demand.columns, demand.kind) ||
      (demand.kind == ValueDemand::Kind::foreign_key &&
       !has_columns(demand.references, demand.referenced_columns, demand.kind))) {
    return {.outcome = Outcome::when_reached};
  }
  const auto answer = reader_.ask(refused_rows_sql(demand));
  if (!answer.result) {
    const bool comes_later = answer.sqlstate == "42703" || answer.sqlstate == "42883" || answer.sqlstate == "42P01";
    return {.outcome = comes_later ? Outcome::when_reached : Outcome::unknown, .rows = 0, .why = answer.why};
  }
  const auto rows = std::stoll(answer.result->text(0, 0));
  return {.outcome = rows == 0 ? Outcome::holds : Outcome::fails, .rows = rows, .why = ""};
}

}  // namespace dbmigrate
