// A foreign key refers to an existing table, also one in CREATE TABLE.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto& added : added_foreign_keys(statement)) {
    const auto& other = added.constraint.references;
    if (so_far.created_table(other) || so_far.schema().resolved(other) == so_far.schema().resolved(added.table))
      continue;
    findings.push_back(
        {added.constraint.at, fmt::format("the foreign key blocks writes to {}", name_for_people(other)), other});
  }
  return findings;
}

}  // namespace

Rule fk_locks_referenced_table() {
  return {
      .id = "fk-locks-referenced-table",
      .severity = Severity::warning,
      .trigger = "A foreign key refers to an existing table, also one in CREATE TABLE.",
      .effect =
          "Takes SHARE ROW EXCLUSIVE on the referenced table as well: writes to it wait. Nothing "
          "is scanned for a new table or a NOT VALID key, so it is short once the lock is there.",
      .remedy =
          "Keep a lock_timeout, as dbmigrate does by default, and put each foreign key into a "
          "migration of its own. Say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/explicit-locking.html",
      .given = "CREATE TABLE teams (id int PRIMARY KEY);",
      .bad = "CREATE TABLE users (id int, team_id int REFERENCES teams (id));",
      .good = "CREATE TABLE users (id int, team_id int);",
      .check = check,
  };
}

}  // namespace dbmigrate
