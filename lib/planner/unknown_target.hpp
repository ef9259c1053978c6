// A target that fits nothing: what may have been meant.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/database_view.hpp"

namespace dbmigrate {

struct UnknownTarget {
  std::string_view whole;                    ///< as it was written
  std::string_view name;                     ///< without branch and steps
  std::string_view suffix;                   ///< `+N`, `-N` or empty
  const std::vector<std::string>& branches;  ///< where it was looked for
  bool qualified = false;                    ///< the branch was written before it
};

/// Throws Error{unknown_target} whose hint says where it is to be found, or what is near.
[[noreturn]] void throw_unknown_target(const DatabaseView& view, const UnknownTarget& target);

/// The same for `BRANCH@…` without such a branch.
[[noreturn]] void throw_unknown_branch(const DatabaseView& view, std::string_view whole, std::string_view branch,
                                       std::string_view rest);

}  // namespace dbmigrate
