// An index is built on an existing table without CONCURRENTLY.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::string index_for_people(const sql::CreateIndex& index) {
  return index.index.name.empty() ? "an index" : index.index.name;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const sql::CreateIndex* index = statement.as_create_index();
  if (!index || index->concurrently || index->only || so_far.created_table(index->table)) return {};
  return {{index->at,
           fmt::format("building {} blocks writes to {}", index_for_people(*index), name_for_people(index->table)),
           index->table}};
}

}  // namespace

Rule index_not_concurrent() {
  return {
      .id = "index-not-concurrent",
      .severity = Severity::error,
      .trigger = "An index is built on an existing table without CONCURRENTLY.",
      .effect =
          "Holds SHARE on the table: reads go on, writes wait until the build ends. On a "
          "partitioned table it holds every partition at once.",
      .remedy =
          "Use CREATE INDEX CONCURRENTLY, alone in a migration that runs outside a transaction. "
          "For a partitioned table create the index ON ONLY the parent, build one CONCURRENTLY on "
          "each partition, and attach them with ALTER INDEX … ATTACH PARTITION.",
      .source = "https://www.postgresql.org/docs/current/sql-createindex.html",
      .given = "CREATE TABLE users (email text);",
      .bad = "CREATE INDEX users_email_idx ON users (email);",
      .good = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
      .check = check,
  };
}

}  // namespace dbmigrate
