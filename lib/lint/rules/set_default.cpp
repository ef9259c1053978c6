// An existing column gets another default.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// A default for a column of the same statement is how a rewrite is avoided.
bool added_here(const Statement& statement, const std::string& column) {
  const auto added = statement.all<sql::AddColumn>();
  return std::any_of(added.begin(), added.end(), [&](const sql::AddColumn* add) { return add->column.name == column; });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::SetDefault>()) {
    const auto& table = one->altered.relation;
    if (!one->value || added_here(statement, one->column) || so_far.created_table(table) ||
        one->altered.what != ObjectClass::table)
      continue;
    findings.push_back({one->altered.at,
                        fmt::format("only new rows of {} get the default of {}", name_for_people(table), one->column),
                        table});
  }
  return findings;
}

}  // namespace

Rule set_default() {
  return {
      .id = "set-default",
      .severity = Severity::info,
      .trigger = "An existing column gets another default.",
      .effect =
          "Rows that are there keep what they have. ACCESS EXCLUSIVE, but only the catalog is "
          "changed.",
      .remedy = "Fill old rows in batches where they need the value too.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (active boolean);",
      .bad = "ALTER TABLE users ALTER COLUMN active SET DEFAULT true;",
      .good = "ALTER TABLE users ADD COLUMN deleted boolean DEFAULT false;",
      .check = check,
  };
}

}  // namespace dbmigrate
