// A primary key is added to an existing table and builds its own index.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddConstraint>()) {
    const auto& table = add->altered.relation;
    const bool builds = add->constraint.form == sql::ConstraintForm::primary_key && add->constraint.index.empty();
    if (!builds || so_far.created_table(table)) continue;
    findings.push_back({add->constraint.at,
                        fmt::format("building the primary key blocks reads and writes of {}", name_for_people(table)),
                        table});
  }
  return findings;
}

}  // namespace

Rule primary_key_without_index() {
  return {
      .id = "primary-key-without-index",
      .severity = Severity::error,
      .trigger = "A primary key is added to an existing table and builds its own index.",
      .effect =
          "Builds the index under ACCESS EXCLUSIVE, and looks for NULL in every row where a column "
          "may be NULL.",
      .remedy =
          "Build a unique index with CREATE UNIQUE INDEX CONCURRENTLY on columns that are NOT "
          "NULL, then add the primary key USING INDEX.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (id int NOT NULL);",
      .bad = "ALTER TABLE users ADD PRIMARY KEY (id);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);\n"
          "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;",
      .check = check,
  };
}

}  // namespace dbmigrate
