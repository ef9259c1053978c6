// An index is built with CONCURRENTLY and IF NOT EXISTS.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const sql::CreateIndex* index = statement.as_create_index();
  if (!index || !index->concurrently || !index->if_not_exists || so_far.created_table(index->table)) return {};
  return {{index->at,
           fmt::format("IF NOT EXISTS takes an INVALID {} left by a failed build for the index", index->index.name),
           index->table}};
}

}  // namespace

Rule concurrent_if_not_exists() {
  return {
      .id = "concurrent-if-not-exists",
      .severity = Severity::warning,
      .trigger = "An index is built with CONCURRENTLY and IF NOT EXISTS.",
      .effect =
          "A build that fails leaves an INVALID index behind, which no query uses. The next "
          "attempt finds it there, does nothing, and reports success.",
      .remedy =
          "Leave IF NOT EXISTS out: dbmigrate drops an INVALID leftover itself before it builds. "
          "Elsewhere drop the index first, with DROP INDEX CONCURRENTLY IF EXISTS.",
      .source = "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
      .given = "CREATE TABLE users (email text);",
      .bad = "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);",
      .good = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
      .check = check,
  };
}

}  // namespace dbmigrate
