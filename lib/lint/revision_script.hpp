// A revision as the pieces of SQL that its upgrade runs, with the levels that its branch gives to the rules.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/duration.hpp"
#include "core/lint_level.hpp"
#include "descriptor/migration.hpp"
#include "lint/linter.hpp"

namespace dbmigrate {

/// The rules' levels of a branch over those of the project. Throws Error{invalid_config} or Error{invalid_descriptor}
/// for a rule that there is not.
RuleLevels levels_of(const std::vector<LintLevel>& project, const std::vector<LintLevel>& branch);

/// `lock_timeout` is what a run would use.
LintScript script_of_revision(const Migration& migration, Milliseconds lock_timeout);

}  // namespace dbmigrate
