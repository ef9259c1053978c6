// A CHECK is added to an existing table without NOT VALID, by itself or with a new column.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto& added : added_constraints(statement)) {
    if (added.constraint.form != sql::ConstraintForm::check || added.constraint.not_valid) continue;
    if (so_far.created_table(added.altered.relation)) continue;
    findings.push_back(
        {added.constraint.at,
         fmt::format("checking every row of {} blocks reads and writes", name_for_people(added.altered.relation)),
         added.altered.relation});
  }
  return findings;
}

}  // namespace

Rule check_without_not_valid() {
  return {
      .id = "check-without-not-valid",
      .severity = Severity::error,
      .trigger = "A CHECK is added to an existing table without NOT VALID, by itself or with a new column.",
      .effect = "Scans the table under ACCESS EXCLUSIVE, even for a column that is NULL everywhere.",
      .remedy =
          "Add it NOT VALID, and in a later transaction VALIDATE CONSTRAINT, which lets reads and "
          "writes go on.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
      .given = "CREATE TABLE users (age int);",
      .bad = "ALTER TABLE users ADD CONSTRAINT users_age_positive CHECK (age > 0);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD CONSTRAINT users_age_positive CHECK (age > 0) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT users_age_positive;",
      .check = check,
  };
}

}  // namespace dbmigrate
