// Where migrations come from: a directory, or a fake in tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/lint_level.hpp"
#include "descriptor/migration.hpp"
#include "descriptor/problems.hpp"

namespace dbmigrate {

struct BranchInfo {
  std::string name;
  std::string description;
  std::filesystem::path folder;
  std::vector<LintLevel> lint_levels{};  ///< of its branch.yaml
};

/// Every branch of a directory and all their migrations.
struct MigrationSet {
  std::filesystem::path directory;
  std::vector<BranchInfo> branches;   ///< by name, natural order; a branch without migrations is there too
  std::vector<Migration> migrations;  ///< by branch, then by name in natural order
};

class MigrationSource {
 public:
  virtual ~MigrationSource() = default;
  /// Throws Error{invalid_descriptor} or Error{file_unreadable}; several problems are told at once.
  [[nodiscard]] virtual MigrationSet load() const = 0;
};

/// A migrations directory on disk (SPEC §1).
class MigrationDirectory : public MigrationSource {
 public:
  explicit MigrationDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] MigrationSet load() const override;
  /// The same with every mistake in `problems`; what is left is returned all the same.
  [[nodiscard]] MigrationSet read(Problems& problems) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace dbmigrate
