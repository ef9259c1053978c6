// A foreign key is added to an existing table without NOT VALID.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto& added : added_constraints(statement)) {
    if (added.constraint.form != sql::ConstraintForm::foreign_key || added.constraint.not_valid) continue;
    if (!added.rows_have_value() || so_far.created_table(added.altered.relation)) continue;
    findings.push_back(
        {added.constraint.at,
         fmt::format("looking every row of {} up in {} blocks writes to both", name_for_people(added.altered.relation),
                     name_for_people(added.constraint.references)),
         added.altered.relation});
  }
  return findings;
}

}  // namespace

Rule fk_without_not_valid() {
  return {
      .id = "fk-without-not-valid",
      .severity = Severity::error,
      .trigger = "A foreign key is added to an existing table without NOT VALID.",
      .effect =
          "Scans both tables under SHARE ROW EXCLUSIVE on both. A key of a column that is added "
          "without a value looks nothing up.",
      .remedy =
          "Add it NOT VALID, and in a later transaction VALIDATE CONSTRAINT, which lets reads and "
          "writes go on.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
      .given =
          "CREATE TABLE teams (id int PRIMARY KEY);\n"
          "CREATE TABLE users (team_id int);",
      .bad =
          "ALTER TABLE users ADD CONSTRAINT users_team_fk FOREIGN KEY (team_id) REFERENCES teams "
          "(id);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD CONSTRAINT users_team_fk FOREIGN KEY (team_id) REFERENCES teams "
          "(id) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT users_team_fk;",
      .check = check,
  };
}

}  // namespace dbmigrate
