// A statement locks an existing relation with SHARE UPDATE EXCLUSIVE or more while no lock_timeout is in force.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto waits = [&](const Prediction& prediction) {
    const auto* const lock = prediction.strongest_on_old();
    return lock != nullptr && lock->mode >= TableLockMode::share_update_exclusive;
  };
  if (!waits(statement.prediction()) || statement.facts().forbids_transaction) return {};
  if (so_far.has_lock_timeout(statement)) return {};
  // Once in a transaction is enough said.
  for (const auto& earlier : so_far.in_same_transaction()) {
    if (waits(earlier.prediction)) return {};
  }
  const auto& lock = *statement.prediction().strongest_on_old();
  return {{0,
           fmt::format("waits for {} on {} without a lock_timeout, and others wait behind it", name_of(lock.mode),
                       name_for_people(lock.relation)),
           lock.relation}};
}

}  // namespace

Rule no_lock_timeout() {
  return {
      .id = "no-lock-timeout",
      .severity = Severity::warning,
      .trigger =
          "A statement locks an existing relation with SHARE UPDATE EXCLUSIVE or more while no "
          "lock_timeout is in force.",
      .effect =
          "It waits for the longest transaction on that table, and every later one waits behind "
          "it: one idle session stops the service.",
      .remedy =
          "Keep the lock_timeout that dbmigrate sets (2 s unless told otherwise); it tries again. "
          "Elsewhere SET LOCAL lock_timeout = '2s' and retry.",
      .source = "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "SET LOCAL lock_timeout = 0;\n"
          "ALTER TABLE users ADD COLUMN name text;",
      .good =
          "SET LOCAL lock_timeout = '2s';\n"
          "ALTER TABLE users ADD COLUMN name text;",
      .check = check,
  };
}

}  // namespace dbmigrate
