// A migrations directory on disk, written by a test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "graph/revision_graph.hpp"

namespace dbmigrate::tests {

/// Removed with the object.
class Project {
 public:
  Project();
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  /// Writes `path` below the migrations directory.
  void write(std::string_view path, std::string_view content) const;
  /// A pair of files in branch main.
  void migration(const std::string& id, std::string_view up, std::string_view down) const;
  void remove(std::string_view path) const;
  [[nodiscard]] RevisionGraph graph() const;
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

}  // namespace dbmigrate::tests
