// LOCK TABLE takes SHARE or more on an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const lock = statement.as<sql::LockTables>();
  if (!lock) return {};
  const auto mode = static_cast<TableLockMode>(lock->mode);
  std::vector<Finding> findings;
  for (const auto& table : lock->tables) {
    if (!blocks_work(mode) || so_far.created_table(table)) continue;
    findings.push_back({lock->at,
                        fmt::format("LOCK TABLE holds {} on {} until the end of the transaction: it blocks {}",
                                    name_of(mode), name_for_people(table), blocked_by(mode)),
                        table});
  }
  return findings;
}

}  // namespace

Rule explicit_lock() {
  return {
      .id = "explicit-lock",
      .severity = Severity::warning,
      .trigger = "LOCK TABLE takes SHARE or more on an existing table.",
      .effect = "Blocks what the mode names until the transaction ends, whatever else it does.",
      .remedy =
          "Leave it to the statements to take what they need, or keep a lock_timeout and say with "
          "an allow line why the lock is wanted.",
      .source = "https://www.postgresql.org/docs/current/sql-lock.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "LOCK TABLE users;",
      .good = "LOCK TABLE users IN ROW EXCLUSIVE MODE;",
      .check = check,
  };
}

}  // namespace dbmigrate
