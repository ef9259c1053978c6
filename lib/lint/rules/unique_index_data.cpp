// A unique index is built on an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const sql::CreateIndex* index = statement.as_create_index();
  if (!index || !index->unique || so_far.created_table(index->table)) return {};
  return {{index->at, fmt::format("duplicates in {} would make the build fail", name_for_people(index->table)),
           index->table}};
}

}  // namespace

Rule unique_index_data() {
  return {
      .id = "unique-index-data",
      .severity = Severity::info,
      .trigger = "A unique index is built on an existing table.",
      .effect =
          "Fails when there are duplicates; with CONCURRENTLY an INVALID index is left behind, "
          "which is not used but slows writes down.",
      .remedy = "Look for duplicates first. The dry run does so where the table exists already.",
      .source = "https://www.postgresql.org/docs/current/sql-createindex.html",
      .given = "CREATE TABLE users (email text);",
      .bad = "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);",
      .good = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
      .check = check,
  };
}

}  // namespace dbmigrate
