// What a revision and a branch may be called.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

/// Why `name` cannot name a revision, in words that follow "because it"; empty when it can.
std::string why_no_revision_name(std::string_view name);

/// The same for a branch.
std::string why_no_branch_name(std::string_view name);

}  // namespace dbmigrate
