// One revision from its files.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "descriptor/folder.hpp"
#include "descriptor/header.hpp"
#include "descriptor/migration.hpp"

namespace dbmigrate {

/// Which files of a folder share a stem.
struct StemFiles {
  const FolderEntry* descriptor = nullptr;  ///< STEM.yaml
  const FolderEntry* up = nullptr;          ///< STEM.up.sql
  const FolderEntry* down = nullptr;        ///< STEM.down.sql
  const FolderEntry* single = nullptr;      ///< STEM.sql
};

/// Reads the revisions of one branch. Parents that are not declared are left empty. Each throws
/// Error{invalid_descriptor} or Error{file_unreadable}.
class RevisionReader {
 public:
  RevisionReader(Folder& folder, std::string branch, const BranchDefaults& defaults)
      : folder_(folder), branch_(std::move(branch)), defaults_(defaults) {}

  /// From STEM.yaml and the files that it names; all of them are marked as used in the folder.
  [[nodiscard]] Migration from_descriptor(const std::string& stem, const StemFiles& files);
  /// From STEM.up.sql and STEM.down.sql, or STEM.sql.
  [[nodiscard]] Migration from_sql(const std::string& stem, const StemFiles& files) const;

 private:
  [[nodiscard]] Migration from_pair(Migration migration, const StemFiles& files) const;
  [[nodiscard]] Migration from_sections(Migration migration, const FolderEntry& file) const;

  Folder& folder_;
  std::string branch_;
  const BranchDefaults& defaults_;
};

}  // namespace dbmigrate
