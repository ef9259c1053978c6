// Linting SQL in a test: what was there before, and what is looked at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "lint/linter.hpp"
#include "sql/facts.hpp"
#include "sql/script.hpp"

namespace dbmigrate::tests {

struct LintSetup {
  std::string given{};  ///< SQL that others use the results of
  int server_major = 15;
  TransactionMode transaction = TransactionMode::revision;
  Milliseconds lock_timeout{2000};
  RuleLevels levels{};
};

inline LintScript script_of(const std::string& sql, const LintSetup& setup) {
  LintScript script;
  script.texts.push_back(
      {.sql = {.text = sql, .file = "test.sql"}, .transaction = setup.transaction, .lock_timeout = setup.lock_timeout});
  script.levels = setup.levels;
  return script;
}

inline std::vector<LintFinding> lint(const std::string& sql, const LintSetup& setup = {}) {
  Linter linter({}, {.server_major = setup.server_major});
  auto before = script_of(setup.given, {.transaction = TransactionMode::none});
  before.examined = Examined::no;
  linter.run(before);
  auto script = script_of(sql, setup);
  script.begins_run = true;
  return linter.run(script);
}

inline std::set<std::string> rules_in(const std::vector<LintFinding>& findings) {
  std::set<std::string> ids;
  for (const auto& one : findings) ids.insert(one.rule->id);
  return ids;
}

/// How a rule's example runs: as its first line says, else outside a transaction if a statement of it has to.
inline TransactionMode mode_of_example(const std::string& sql) {
  if (sql.find("transaction=none") != std::string::npos) return TransactionMode::none;
  if (sql.find("transaction=revision") != std::string::npos) return TransactionMode::revision;
  const auto script = sql::split(sql, "example");
  const bool outside = std::any_of(script.statements.begin(), script.statements.end(), [&](const auto& one) {
    return sql::facts_of(script.text_of(one)).forbids_transaction;
  });
  return outside ? TransactionMode::none : TransactionMode::revision;
}

}  // namespace dbmigrate::tests
