// The findings of a plan, revision by revision, for whoever shows them beside other facts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "lint/revision_script.hpp"

namespace dbmigrate {

struct PlanLintSettings {
  PredictionSettings prediction;
  Milliseconds lock_timeout{0};   ///< that a run would use
  std::vector<LintLevel> levels;  ///< of the project
  SyntaxCheck check;              ///< may be empty
};

class PlanLinter {
 public:
  /// `schema` is what the plan finds: the live catalog, or the expected one.
  PlanLinter(KnownSchema schema, PlanLintSettings settings);

  /// Of the plan's next revision, in the order of its text. What the ones before it made is known and nobody's yet. A
  /// finding that a line of the text lets pass is among them, with the reason. Throws what levels_of() and
  /// Linter::run() throw.
  std::vector<LintFinding> findings_of(const Migration& migration, const std::vector<LintLevel>& branch_levels);

 private:
  Linter linter_;
  Milliseconds lock_timeout_;
  std::vector<LintLevel> levels_;
};

}  // namespace dbmigrate
