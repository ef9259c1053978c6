// Which commit a folder's checkout is at, read without starting git.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dbmigrate {

/// 40 digits, or empty where `directory` is in no checkout or its state is not plain to read.
std::string git_commit_of(const std::filesystem::path& directory);

}  // namespace dbmigrate
