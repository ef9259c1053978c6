// A lock_timeout or statement_timeout is in force at a statement with CONCURRENTLY.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

bool is_concurrent(const Statement& statement) {
  const auto* const index = statement.as_create_index();
  const auto* const drop = statement.as<sql::Drop>();
  const auto* const reindex = statement.as<sql::Reindex>();
  const auto* const detach = statement.as<sql::DetachPartition>();
  return (index && index->concurrently) || (drop && drop->concurrently) || (reindex && reindex->concurrently) ||
         (detach && detach->concurrently);
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  if (!is_concurrent(statement)) return {};
  for (const auto* const name : {"lock_timeout", "statement_timeout"}) {
    if (!so_far.settings().timeout(name)) continue;
    return {{0, fmt::format("{} would end {} and leave an INVALID index behind", name, statement.facts().command)}};
  }
  return {};
}

}  // namespace

Rule lock_timeout_on_concurrent() {
  return {
      .id = "lock-timeout-on-concurrent",
      .severity = Severity::warning,
      .trigger = "A lock_timeout or statement_timeout is in force at a statement with CONCURRENTLY.",
      .effect =
          "CONCURRENTLY waits for old transactions by ordinary lock waits. A timeout aborts it and "
          "leaves an INVALID index, also for a mere old snapshot on another table.",
      .remedy =
          "SET lock_timeout = 0 and SET statement_timeout = 0 around it. dbmigrate sets neither "
          "for such statements.",
      .source = "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
      .given = "CREATE TABLE users (email text);",
      .bad =
          "-- dbmigrate: transaction=none\n"
          "SET lock_timeout = '2s';\n"
          "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "SET lock_timeout = 0;\n"
          "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
      .check = check,
  };
}

}  // namespace dbmigrate
