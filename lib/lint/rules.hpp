// All rules.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rule.hpp"

namespace dbmigrate {

/// In the order in which the reference lists them: by what they are about.
const std::vector<Rule>& lint_rules();
/// Null when there is none.
const Rule* find_lint_rule(std::string_view id);
std::vector<std::string> lint_rule_ids();

/// `error`
std::string_view name_of(Severity severity);

/// Severities other than the rules' own; nothing = the rule is off.
using RuleLevels = std::map<std::string, std::optional<Severity>>;

/// Markdown of docs/reference/lint/ID.md.
std::string rule_page(const Rule& rule);
/// Markdown of docs/reference/lint/README.md: all rules in a table.
std::string rules_page();

}  // namespace dbmigrate
