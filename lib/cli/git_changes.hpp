// What git says about files: those that are new on this branch.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dbmigrate {

/// Files at or below `directory` that the common ancestor with `reference` does not have: committed, staged, or not yet
/// known to git. Canonical paths. Throws Error{usage} when git does not know the reference, or there is no git.
std::vector<std::filesystem::path> files_added_since(const std::filesystem::path& directory,
                                                     const std::string& reference);

}  // namespace dbmigrate
