// A column loses its default.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::SetDefault>()) {
    const auto& table = one->altered.relation;
    if (one->value || so_far.created_table(table) || one->altered.what != ObjectClass::table) continue;
    findings.push_back({one->altered.at,
                        fmt::format("new rows of {} no longer get a value for {}", name_for_people(table), one->column),
                        table});
  }
  return findings;
}

}  // namespace

Rule drop_default() {
  return {
      .id = "drop-default",
      .severity = Severity::info,
      .trigger = "A column loses its default.",
      .effect =
          "Statements that leave the column out write NULL, or fail where it is NOT NULL. ACCESS "
          "EXCLUSIVE, but only the catalog is changed.",
      .remedy = "Change the writers first.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (active boolean DEFAULT true);",
      .bad = "ALTER TABLE users ALTER COLUMN active DROP DEFAULT;",
      .good = "ALTER TABLE users ADD COLUMN deleted boolean;",
      .check = check,
  };
}

}  // namespace dbmigrate
