// An exclusion constraint is added to an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddConstraint>()) {
    const auto& table = add->altered.relation;
    if (add->constraint.form != sql::ConstraintForm::exclusion || so_far.created_table(table)) continue;
    findings.push_back({add->constraint.at,
                        fmt::format("building its index blocks reads and writes of {}", name_for_people(table)),
                        table});
  }
  return findings;
}

}  // namespace

Rule exclusion_constraint() {
  return {
      .id = "exclusion-constraint",
      .severity = Severity::error,
      .trigger = "An exclusion constraint is added to an existing table.",
      .effect = "Builds its index under ACCESS EXCLUSIVE. There is no way to add one online.",
      .remedy =
          "Make a new table with it and move the rows in batches, or accept that the table is out "
          "of use meanwhile and say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE bookings (during tsrange);",
      .bad = "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);",
      .good =
          "CREATE TABLE new_bookings (during tsrange, CONSTRAINT no_overlap EXCLUDE USING gist "
          "(during WITH &&));",
      .check = check,
  };
}

}  // namespace dbmigrate
