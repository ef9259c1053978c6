// A column gets another type, and that takes more than a change in the catalog.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "lint/column_changes.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// In words that follow the type; empty when it is nothing worth telling.
std::string consequence(const sql::ChangeColumnType& change, const ScriptSoFar& so_far) {
  const auto& schema = so_far.schema();
  const auto* const table = schema.relation(change.altered.relation);
  const auto name = name_for_people(change.altered.relation);
  const auto what = type_change(table != nullptr ? table->column(change.column) : nullptr, change, schema,
                                so_far.prediction_settings().time_zone_is_utc);
  if (what == TypeChange::rewrite) return fmt::format("rewrites {}", name);
  if (what == TypeChange::perhaps_rewrite) return fmt::format("may rewrite {}: the old type is not known", name);
  if (table == nullptr) return {};
  const bool indexed = std::any_of(table->indexes.begin(), table->indexes.end(),
                                   [&](const KnownIndex& index) { return index.uses(change.column); });
  if (what == TypeChange::indexes && indexed) return fmt::format("builds indexes of {} anew", name);
  const bool checked =
      std::any_of(table->constraints.begin(), table->constraints.end(), [&](const KnownConstraint& one) {
        return one.is.form == sql::ConstraintForm::check &&
               std::find(one.is.columns.begin(), one.is.columns.end(), change.column) != one.is.columns.end();
      });
  return checked ? fmt::format("checks every row of {} again", name) : std::string();
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const change : statement.all<sql::ChangeColumnType>()) {
    const auto& altered = change->altered;
    if (altered.what != ObjectClass::table || so_far.created_table(altered.relation)) continue;
    const auto what = consequence(*change, so_far);
    if (what.empty()) continue;
    findings.push_back(
        {altered.at, fmt::format("{} to {} {}", change->column, change->type.text(), what), altered.relation});
  }
  return findings;
}

}  // namespace

Rule change_column_type() {
  return {
      .id = "change-column-type",
      .severity = Severity::error,
      .trigger = "A column gets another type, and that takes more than a change in the catalog.",
      .effect =
          "Writes the table anew, or builds indexes or checks constraints anew, all under ACCESS "
          "EXCLUSIVE; tables at the other end of its foreign keys are locked too. Free are a "
          "longer varchar, varchar to text, numeric with more digits before the point, cidr to "
          "inet, a finer timestamp, and in TimeZone UTC timestamp to timestamptz without an index. "
          "Where the old type is not known, text, varchar and numeric without a limit are taken to "
          "be free.",
      .remedy =
          "Add a new column, write both, fill the old rows in batches, and swap them. The dry run "
          "decides what a change really does.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
      .given = "CREATE TABLE users (id int, email varchar(50));",
      .bad = "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
      .good = "ALTER TABLE users ALTER COLUMN email TYPE varchar(100);",
      .check = check,
  };
}

}  // namespace dbmigrate
