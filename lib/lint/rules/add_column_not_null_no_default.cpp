// A column is added with NOT NULL and without a default.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddColumn>()) {
    if (so_far.created_table(add->altered.relation) || add->altered.what != ObjectClass::table) continue;
    const auto& column = add->column;
    const bool filled = (column.default_value && !column.default_value->is_null) || column.identity ||
                        column.generated || column.is_serial();
    if (!column.not_null || filled) continue;
    findings.push_back(
        {add->altered.at,
         fmt::format("{} would be NULL in every row of {}", column.name, name_for_people(add->altered.relation)),
         add->altered.relation});
  }
  return findings;
}

}  // namespace

Rule add_column_not_null_no_default() {
  return {
      .id = "add-column-not-null-no-default",
      .severity = Severity::error,
      .trigger = "A column is added with NOT NULL and without a default.",
      .effect = "Fails with SQLSTATE 23502 as soon as the table has a row.",
      .remedy =
          "Give it a constant default, or add it nullable, fill it in batches, and then make it "
          "NOT NULL by way of a validated CHECK.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given =
          "CREATE TABLE users (id int);\n"
          "INSERT INTO users VALUES (1);",
      .bad = "ALTER TABLE users ADD COLUMN active boolean NOT NULL;",
      .good = "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;",
      .fails = "23502",
      .check = check,
  };
}

}  // namespace dbmigrate
