// The words are checked here; the rules are not known in this room.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/lint_levels.hpp"

namespace dbmigrate::yaml {

std::vector<LintLevel> read_lint_levels(const Value& rules) {
  std::vector<LintLevel> levels;
  for (const auto& entry : rules.entries()) {
    const auto level =
        entry.one_of<std::string>({{"error", "error"}, {"warning", "warning"}, {"info", "info"}, {"off", "off"}});
    levels.push_back({entry.name(), level, entry.at()});
  }
  return levels;
}

}  // namespace dbmigrate::yaml
