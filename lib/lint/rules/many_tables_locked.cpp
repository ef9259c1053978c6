// Statements of one transaction take blocking locks on two or more existing tables, one after the other.
// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

using Names = std::set<ObjectName, NameOrder>;

/// Tables that others use; of a partition, its parent.
Names blocked_tables(const Prediction& prediction, const ScriptSoFar& so_far) {
  Names tables;
  for (const auto& lock : prediction.locks) {
    const bool table = lock.what == ObjectClass::table || lock.what == ObjectClass::materialized_view;
    if (!table || !blocks_work(lock.mode) || lock.age != Age::old || so_far.created_table(lock.relation)) continue;
    const auto* const known = so_far.schema().relation(lock.relation);
    tables.insert(known != nullptr && known->parent ? *known->parent : lock.relation);
  }
  return tables;
}

/// Whether something was held, and this is more.
bool adds_to(const Names& held, const Names& locked) {
  if (held.empty()) return false;
  for (const auto& one : locked) {
    if (!held.contains(one)) return true;
  }
  return false;
}

ObjectName new_one(const Names& held, const Names& locked) {
  for (const auto& one : locked) {
    if (!held.contains(one)) return one;
  }
  return {};
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::set<ObjectName, NameOrder> held;
  bool told = false;
  for (const auto& earlier : so_far.in_same_transaction()) {
    const auto locked = blocked_tables(earlier.prediction, so_far);
    told |= adds_to(held, locked);
    held.insert(locked.begin(), locked.end());
  }
  const auto locked = blocked_tables(statement.prediction(), so_far);
  if (told || !adds_to(held, locked)) return {};
  return {{0,
           fmt::format("locks {} while {} is locked", name_for_people(new_one(held, locked)),
                       name_for_people(*held.begin())),
           new_one(held, locked)}};
}

}  // namespace

Rule many_tables_locked() {
  return {
      .id = "many-tables-locked",
      .severity = Severity::warning,
      .trigger =
          "Statements of one transaction take blocking locks on two or more existing tables, one "
          "after the other.",
      .effect =
          "Both are blocked until the end, two such transactions can deadlock, and lock_timeout "
          "counts for each wait anew.",
      .remedy = "One table in a transaction: split the migration.",
      .source = "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
      .given =
          "CREATE TABLE users (id int);\n"
          "CREATE TABLE teams (id int);",
      .bad =
          "ALTER TABLE users ADD COLUMN name text;\n"
          "ALTER TABLE teams ADD COLUMN name text;",
      .good = "ALTER TABLE users ADD COLUMN name text, ADD COLUMN email text;",
      .check = check,
  };
}

}  // namespace dbmigrate
