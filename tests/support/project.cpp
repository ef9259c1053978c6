// Files of a project below the system's temporary folder.
// SPDX-License-Identifier: Apache-2.0
#include "support/project.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace dbmigrate::tests {
namespace fs = std::filesystem;

Project::Project() {
  std::string pattern = (fs::temp_directory_path() / "dbmigrate-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
}

Project::~Project() { fs::remove_all(directory_); }

void Project::write(std::string_view path, std::string_view content) const {
  const auto file = directory_ / path;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

void Project::migration(const std::string& id, std::string_view up, std::string_view down) const {
  write(id + ".up.sql", up);
  write(id + ".down.sql", down);
}

void Project::remove(std::string_view path) const { fs::remove(directory_ / path); }

RevisionGraph Project::graph() const { return RevisionGraph(MigrationDirectory(directory_).load()); }

}  // namespace dbmigrate::tests
