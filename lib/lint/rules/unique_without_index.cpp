// A unique constraint is added to an existing table and builds its own index.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  using Form = sql::ConstraintForm;
  std::vector<Finding> findings;
  for (const auto& added : added_constraints(statement)) {
    const bool unique = added.constraint.form == Form::unique ||
                        (added.constraint.form == Form::primary_key && added.with_column != nullptr);
    if (!unique || !added.constraint.index.empty() || so_far.created_table(added.altered.relation)) continue;
    findings.push_back(
        {added.constraint.at,
         fmt::format("building its index blocks reads and writes of {}", name_for_people(added.altered.relation)),
         added.altered.relation});
  }
  return findings;
}

}  // namespace

Rule unique_without_index() {
  return {
      .id = "unique-without-index",
      .severity = Severity::error,
      .trigger = "A unique constraint is added to an existing table and builds its own index.",
      .effect = "Builds the index under ACCESS EXCLUSIVE: nobody reads or writes until it is done.",
      .remedy =
          "Build a unique index with CREATE UNIQUE INDEX CONCURRENTLY, then add the constraint "
          "USING INDEX, which takes no time and renames the index to the constraint.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (email text);",
      .bad = "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n"
          "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
      .check = check,
  };
}

}  // namespace dbmigrate
