// An existing table or materialized view is dropped.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const drop = statement.as<sql::Drop>();
  if (!drop) return {};
  if (drop->what != ObjectClass::table && drop->what != ObjectClass::materialized_view) return {};
  std::vector<Finding> findings;
  for (const auto& table : drop->objects) {
    if (so_far.created_table(table)) continue;
    findings.push_back({drop->at, fmt::format("the rows of {} are gone for good", name_for_people(table)), table});
  }
  return findings;
}

}  // namespace

Rule drop_table() {
  return {
      .id = "drop-table",
      .severity = Severity::error,
      .trigger = "An existing table or materialized view is dropped.",
      .effect =
          "The data is gone, and code that still uses it fails. Takes ACCESS EXCLUSIVE, also on "
          "tables that its foreign keys refer to.",
      .remedy =
          "Deploy code that does not use it, rename the table and leave it so for a while, drop "
          "its foreign keys one by one, then the table; say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/sql-droptable.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "DROP TABLE users;",
      .good = "ALTER TABLE users RENAME TO users_unused;",
      .check = check,
  };
}

}  // namespace dbmigrate
