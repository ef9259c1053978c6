// Statements of one transaction take blocking locks on two or more existing tables, one after the other.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

using Names = std::vector<ObjectName>;

/// The first of them that is not among the others; null when all are.
const ObjectName* first_beyond(const Names& held, const Names& locked) {
  for (const auto& one : locked) {
    if (std::find(held.begin(), held.end(), one) == held.end()) return &one;
  }
  return nullptr;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto locked = so_far.blocked_by(statement.prediction());
  if (locked.empty()) return {};
  Names held;
  for (const auto& earlier : so_far.in_same_transaction()) {
    if (held.empty()) held = earlier.blocks;
    if (first_beyond(held, earlier.blocks) != nullptr) return {};  // told there
  }
  const auto* const more = held.empty() ? nullptr : first_beyond(held, locked);
  if (more == nullptr) return {};
  return {
      {0, fmt::format("locks {} while {} is locked", name_for_people(*more), name_for_people(held.front())), *more}};
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
