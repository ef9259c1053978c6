// One linter for all revisions, so that each sees what the ones before it leave behind.
// SPDX-License-Identifier: Apache-2.0
#include "lint/plan_linter.hpp"

#include <utility>

namespace dbmigrate {

PlanLinter::PlanLinter(KnownSchema schema, PlanLintSettings settings)
    : linter_(std::move(schema), settings.prediction, std::move(settings.check)),
      lock_timeout_(settings.lock_timeout),
      levels_(std::move(settings.levels)) {}

std::vector<LintFinding> PlanLinter::findings_of(const Migration& migration,
                                                 const std::vector<LintLevel>& branch_levels) {
  auto script = script_of_revision(migration, lock_timeout_);
  script.levels = levels_of(levels_, branch_levels);
  script.allowed = Allowed::told;
  return linter_.run(script);
}

}  // namespace dbmigrate
