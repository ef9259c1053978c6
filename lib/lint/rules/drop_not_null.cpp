// NOT NULL is taken from a column.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::DropNotNull>()) {
    const auto& table = one->altered.relation;
    if (so_far.created_table(table) || one->altered.what != ObjectClass::table) continue;
    findings.push_back({one->altered.at,
                        fmt::format("readers of {} will meet NULL in {}", name_for_people(table), one->column), table});
  }
  return findings;
}

}  // namespace

Rule drop_not_null() {
  return {
      .id = "drop-not-null",
      .severity = Severity::info,
      .trigger = "NOT NULL is taken from a column.",
      .effect = "Code that reads the column meets NULL for the first time.",
      .remedy = "Change the readers first.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (email text NOT NULL);",
      .bad = "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
      .good = "ALTER TABLE users ADD COLUMN second_email text;",
      .check = check,
  };
}

}  // namespace dbmigrate
