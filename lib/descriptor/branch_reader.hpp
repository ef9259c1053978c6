// One branch: a folder's files sorted into revisions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descriptor/folder.hpp"
#include "descriptor/migration_source.hpp"
#include "descriptor/problems.hpp"

namespace dbmigrate {

/// The names of folders inside a branch that hold no migrations.
bool is_side_folder(std::string_view name);

/// Notes, hidden files and what editors leave behind: not worth an error.
bool is_ignored(std::string_view name);

/// What one folder gave.
struct Branch {
  BranchInfo info;
  std::vector<Migration> migrations;  ///< by name in natural order, parents filled in
};

/// Every mistake goes to `problems`; what is left is returned all the same.
Branch read_branch(Folder& folder, std::string name, Problems& problems);

}  // namespace dbmigrate
