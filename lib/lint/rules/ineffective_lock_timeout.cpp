// lock_timeout is set to 0, reset, or set LOCAL outside a transaction, and statements follow that would need it.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "lint/rule.hpp"
#include "lint/session_settings.hpp"

namespace dbmigrate {
namespace {

/// Something follows that a lock_timeout is for, and nothing that it would harm.
bool matters(const ScriptSoFar& so_far) {
  const auto following = so_far.following();
  const bool concurrently = std::any_of(following.begin(), following.end(),
                                        [](const sql::Analysis& one) { return one.facts.forbids_transaction; });
  if (concurrently && !so_far.in_transaction()) return false;
  return std::any_of(following.begin(), following.end(), [](const sql::Analysis& one) {
    return std::any_of(one.actions.begin(), one.actions.end(), [](const sql::Action& action) {
      return !std::holds_alternative<sql::SetVariable>(action) && !std::holds_alternative<sql::Query>(action) &&
             !std::holds_alternative<sql::TransactionControl>(action);
    });
  });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const set : statement.all<sql::SetVariable>()) {
    const bool all = set->name.empty();
    if (!all && set->name != "lock_timeout") continue;
    if (!matters(so_far)) continue;
    const bool local = set->scope == sql::SetVariable::Scope::transaction;
    const auto value = set->values.empty() ? std::nullopt : timeout_of(set->values.front());
    const bool none = set->values.empty() || !value || value->count() <= 0;
    if (local && !none && !so_far.in_transaction()) {
      findings.push_back({set->at, "SET LOCAL has no effect outside a transaction"});
    } else if (none) {
      findings.push_back({set->at, "lock_timeout is switched off for the statements that follow"});
    }
  }
  return findings;
}

}  // namespace

Rule ineffective_lock_timeout() {
  return {
      .id = "ineffective-lock-timeout",
      .severity = Severity::warning,
      .trigger =
          "lock_timeout is set to 0, reset, or set LOCAL outside a transaction, and statements "
          "follow that would need it.",
      .effect =
          "It looks protected and is not. Around CONCURRENTLY, switching it off is right and is "
          "not reported.",
      .remedy = "Set a positive value in the scope that the statements run in, or leave it to dbmigrate.",
      .source = "https://www.postgresql.org/docs/current/sql-set.html",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "SET lock_timeout = 0;\n"
          "ALTER TABLE users ADD COLUMN name text;",
      .good =
          "SET LOCAL lock_timeout = '500ms';\n"
          "ALTER TABLE users ADD COLUMN name text;",
      .check = check,
  };
}

}  // namespace dbmigrate
