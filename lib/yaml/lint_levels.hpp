// `rules:` below `lint:`, in the settings file and in a branch's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/lint_level.hpp"
#include "yaml/value.hpp"

namespace dbmigrate::yaml {

/// A mapping of rules to `error`, `warning`, `info` or `off`. Whether there are such rules is for others to say. Throws
/// Error{document.code} for another word.
std::vector<LintLevel> read_lint_levels(const Value& rules);

}  // namespace dbmigrate::yaml
