// A statement scans, rewrites or builds an index of an existing table after one that took ACCESS EXCLUSIVE or SHAR.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// Of earlier statements of the transaction, on a relation that others use.
const PredictedLock* strongest_held(const ScriptSoFar& so_far) {
  const PredictedLock* strongest = nullptr;
  for (const auto& earlier : so_far.in_same_transaction()) {
    for (const auto& lock : earlier.prediction.locks) {
      const bool strong =
          lock.mode == TableLockMode::access_exclusive || lock.mode == TableLockMode::share_row_exclusive;
      if (!strong || lock.age != Age::old || so_far.created_table(lock.relation)) continue;
      if (strongest == nullptr || lock.mode > strongest->mode) strongest = &lock;
    }
  }
  return strongest;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto& now = statement.prediction();
  const auto* const held = now.takes_long() ? strongest_held(so_far) : nullptr;
  if (held == nullptr) return {};
  const auto* const made = statement.as<sql::CreateTable>();
  for (const auto* const list : {&now.rewrites, &now.index_builds, &now.scans}) {
    for (const auto& table : *list) {
      const bool is_made_here = made && so_far.schema().resolved(made->table) == table;
      if (so_far.created_table(table) || is_made_here) continue;
      return {{0,
               fmt::format("goes through {} while {} on {} is held", name_for_people(table), name_of(held->mode),
                           name_for_people(held->relation)),
               held->relation}};
    }
  }
  return {};
}

}  // namespace

Rule work_after_exclusive_lock() {
  return {
      .id = "work-after-exclusive-lock",
      .severity = Severity::error,
      .trigger =
          "A statement scans, rewrites or builds an index of an existing table after one that took "
          "ACCESS EXCLUSIVE or SHARE ROW EXCLUSIVE in the same transaction.",
      .effect = "The strong lock is held for the sum of both.",
      .remedy = "Commit in between: put the long one into a migration of its own.",
      .source = "https://www.postgresql.org/docs/current/explicit-locking.html",
      .given =
          "CREATE TABLE users (id int, name text);\n"
          "CREATE TABLE logs (id int);",
      .bad =
          "ALTER TABLE users ADD COLUMN email text;\n"
          "UPDATE logs SET id = id;",
      .good =
          "ALTER TABLE users ADD COLUMN email text;\n"
          "INSERT INTO logs VALUES (1);",
      .check = check,
  };
}

}  // namespace dbmigrate
