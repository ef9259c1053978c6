// A primary key takes an index whose columns are not all NOT NULL.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddConstraint>()) {
    const auto& constraint = add->constraint;
    if (constraint.form != sql::ConstraintForm::primary_key || constraint.index.empty()) continue;
    const auto table = so_far.schema().resolved(add->altered.relation);
    if (so_far.created_table(table) || so_far.schema().index({table.schema, constraint.index}).second == nullptr)
      continue;
    const auto& scans = statement.prediction().scans;
    if (std::find(scans.begin(), scans.end(), table) == scans.end()) continue;
    findings.push_back({constraint.at,
                        fmt::format("a column of {} may be NULL, so every row of {} is looked at", constraint.index,
                                    name_for_people(table)),
                        table});
  }
  return findings;
}

}  // namespace

Rule primary_key_using_nullable_index() {
  return {
      .id = "primary-key-using-nullable-index",
      .severity = Severity::error,
      .trigger =
          "A primary key takes an index whose columns are not all NOT NULL. Known only with the "
          "catalog.",
      .effect = "Makes the columns NOT NULL on the way, which scans the table under ACCESS EXCLUSIVE.",
      .remedy = "Add a CHECK (column IS NOT NULL) NOT VALID and validate it first.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given =
          "CREATE TABLE users (id int);\n"
          "CREATE UNIQUE INDEX users_id_idx ON users (id);",
      .bad = "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id_idx;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD CONSTRAINT id_there CHECK (id IS NOT NULL) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT id_there;\n"
          "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id_idx;",
      .check = check,
  };
}

}  // namespace dbmigrate
