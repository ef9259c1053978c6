// A column is added with a default that calls a volatile function, or one that nothing is known of.
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_changes.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddColumn>()) {
    if (so_far.created_table(add->altered.relation) || add->altered.what != ObjectClass::table) continue;
    const auto& column = add->column;
    if (!column.default_value || column.generated) continue;
    const auto call = volatile_call(*column.default_value, so_far.schema());
    if (call.empty()) continue;
    findings.push_back(
        {column.default_value->at,
         fmt::format("{} is evaluated for every row, so {} is rewritten", call, name_for_people(add->altered.relation)),
         add->altered.relation});
  }
  return findings;
}

}  // namespace

Rule add_column_default_rewrite() {
  return {
      .id = "add-column-default-rewrite",
      .severity = Severity::error,
      .trigger =
          "A column is added with a default that calls a volatile function, or one that nothing is "
          "known of.",
      .effect =
          "Writes the table and all its indexes anew under ACCESS EXCLUSIVE: nobody reads or "
          "writes meanwhile. Constants and stable functions such as now() are free.",
      .remedy =
          "Add the column without a default, set the default for new rows, and fill the old ones "
          "in batches.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
      .good =
          "ALTER TABLE users ADD COLUMN token uuid, ALTER COLUMN token SET DEFAULT "
          "gen_random_uuid();",
      .check = check,
  };
}

}  // namespace dbmigrate
