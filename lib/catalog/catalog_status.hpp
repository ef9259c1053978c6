// Which catalog files are there, fresh and right.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog_file.hpp"

namespace dbmigrate {

enum class CatalogState {
  fresh,    ///< its digest is that of its inputs
  missing,  ///< the revision has no file
  stale,    ///< the revision, or one that it builds on, changed since; or the file does not read
  differs,  ///< fresh by its digest, and yet not what the revision does
  stray,    ///< a file of a revision that is not there
};
std::string_view name_of(CatalogState state);

struct CatalogStatus {
  std::string branch;
  std::string revision;
  std::filesystem::path path;
  CatalogState state = CatalogState::fresh;
  std::optional<CatalogFile> file;
  std::vector<std::string> differences;  ///< lines that say what is wrong with the content
};

/// For each branch one a revision, in the order in which they run, then its strays. Throws Error{file_unreadable}.
std::vector<CatalogStatus> catalog_states(const RevisionGraph& graph, const std::vector<std::string>& branches);

/// Fresh ones that are not what a replay gave become `differs`. Texts that another major version of the server printed
/// are not compared.
void compare_with_replay(std::vector<CatalogStatus>& states, const std::map<RevisionId, CatalogFile>& replayed);

}  // namespace dbmigrate
