// An index that is not unique has more than three keys.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  constexpr std::size_t kUseful = 3;
  const sql::CreateIndex* index = statement.as_create_index();
  if (!index || index->unique || index->columns.size() <= kUseful) return {};
  return {{index->at, fmt::format("an index over {} columns rarely pays", index->columns.size()), index->table}};
}

}  // namespace

Rule index_wide() {
  return {
      .id = "index-wide",
      .severity = Severity::info,
      .trigger = "An index that is not unique has more than three keys.",
      .effect =
          "Costs writes and space with every further key, while queries seldom use more than the "
          "first.",
      .remedy = "Keep the columns that queries look rows up by. INCLUDE takes those that are only read.",
      .source = "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
      .given = "CREATE TABLE users (a int, b int, c int, d int);",
      .bad = "CREATE INDEX CONCURRENTLY users_all_idx ON users (a, b, c, d);",
      .good = "CREATE INDEX CONCURRENTLY users_a_idx ON users (a, b) INCLUDE (c, d);",
      .check = check,
  };
}

}  // namespace dbmigrate
