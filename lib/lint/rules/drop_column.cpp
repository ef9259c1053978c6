// A column of an existing table is dropped.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::DropColumn>()) {
    const auto& table = one->altered.relation;
    if (so_far.created_table(table) || one->altered.what != ObjectClass::table) continue;
    findings.push_back({one->altered.at,
                        fmt::format("the values of {}.{} are gone for good", name_for_people(table), one->column),
                        table});
  }
  return findings;
}

}  // namespace

Rule drop_column() {
  return {
      .id = "drop-column",
      .severity = Severity::error,
      .trigger = "A column of an existing table is dropped.",
      .effect =
          "The data is gone, indexes and constraints on the column with it, and code that still "
          "selects it fails. Prepared statements with SELECT * fail once in every session.",
      .remedy =
          "Deploy code that does not use it first. Where it is NOT NULL, DROP NOT NULL before; "
          "drop its foreign keys and indexes by themselves; then drop it and say so with an allow "
          "line.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (id int, fax text NOT NULL);",
      .bad = "ALTER TABLE users DROP fax;",
      .good = "ALTER TABLE users ALTER COLUMN fax DROP NOT NULL;",
      .check = check,
  };
}

}  // namespace dbmigrate
