// Steps that run one after another in the revision's transaction are one script to the rules.
// SPDX-License-Identifier: Apache-2.0
#include "lint/revision_script.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/words.hpp"

namespace dbmigrate {
namespace {

void add_levels(const std::vector<LintLevel>& from, ErrorCode code, RuleLevels& levels) {
  for (const auto& one : from) {
    if (find_lint_rule(one.rule) == nullptr) {
      const auto meant = did_you_mean(one.rule, lint_rule_ids());
      throw Error({.code = code,
                   .message = fmt::format("there is no lint rule \"{}\"", one.rule),
                   .hint = meant.empty() ? "docs/reference/lint lists them." : meant,
                   .at = one.at});
    }
    std::optional<Severity> level;
    if (one.level == "error") level = Severity::error;
    if (one.level == "warning") level = Severity::warning;
    if (one.level == "info") level = Severity::info;
    levels[one.rule] = level;
  }
}

}  // namespace

RuleLevels levels_of(const std::vector<LintLevel>& project, const std::vector<LintLevel>& branch) {
  RuleLevels levels;
  add_levels(project, ErrorCode::invalid_config, levels);
  add_levels(branch, ErrorCode::invalid_descriptor, levels);
  return levels;
}

LintScript script_of_revision(const Migration& migration, Milliseconds lock_timeout) {
  LintScript script;
  const auto timeout = migration.lock_timeout.value_or(lock_timeout);
  const Step* before = nullptr;
  for (const auto& step : migration.up) {
    if (const auto* const sql = step.sql()) {
      const bool continues = before != nullptr && before->sql() != nullptr &&
                             step.transaction == TransactionMode::revision &&
                             before->transaction == TransactionMode::revision;
      script.texts.push_back(
          {.sql = *sql, .transaction = step.transaction, .continues = continues, .lock_timeout = timeout});
    }
    before = &step;
  }
  return script;
}

}  // namespace dbmigrate
