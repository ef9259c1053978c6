// A stored generated column is added to an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddColumn>()) {
    if (so_far.created_table(add->altered.relation) || add->altered.what != ObjectClass::table) continue;
    if (!add->column.generated) continue;
    findings.push_back({add->altered.at,
                        fmt::format("computing {} for every row rewrites {}", add->column.name,
                                    name_for_people(add->altered.relation)),
                        add->altered.relation});
  }
  return findings;
}

}  // namespace

Rule add_column_stored_generated() {
  return {
      .id = "add-column-stored-generated",
      .severity = Severity::error,
      .trigger = "A stored generated column is added to an existing table.",
      .effect =
          "Computes it for every row: writes the table and all its indexes anew under ACCESS "
          "EXCLUSIVE.",
      .remedy =
          "Add a plain column that a trigger keeps, and fill old rows in batches. Since PostgreSQL "
          "18 a VIRTUAL column takes no time.",
      .source = "https://www.postgresql.org/docs/current/ddl-generated-columns.html",
      .given = "CREATE TABLE users (first text, last text);",
      .bad =
          "ALTER TABLE users ADD COLUMN name text GENERATED ALWAYS AS (first || ' ' || last) "
          "STORED;",
      .good = "ALTER TABLE users ADD COLUMN name text;",
      .check = check,
  };
}

}  // namespace dbmigrate
