// The storage or compression of a column is changed.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::AlterOption>()) {
    const auto& table = one->altered.relation;
    if ((one->kind != sql::AlterOption::Kind::storage && one->kind != sql::AlterOption::Kind::compression) ||
        so_far.created_table(table) || one->altered.what != ObjectClass::table)
      continue;
    findings.push_back({one->altered.at,
                        fmt::format("changing how {} is stored blocks reads and writes of {} for a moment", one->name,
                                    name_for_people(table)),
                        table});
  }
  return findings;
}

}  // namespace

Rule set_storage() {
  return {
      .id = "set-storage",
      .severity = Severity::warning,
      .trigger = "The storage or compression of a column is changed.",
      .effect =
          "Takes ACCESS EXCLUSIVE, though only the catalog is changed; values that are there stay "
          "as they are.",
      .remedy = "Keep a lock_timeout, as dbmigrate does by default, and say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (picture bytea);",
      .bad = "ALTER TABLE users ALTER COLUMN picture SET STORAGE EXTERNAL;",
      .good = "ALTER TABLE users ALTER COLUMN picture SET STATISTICS 0;",
      .check = check,
  };
}

}  // namespace dbmigrate
