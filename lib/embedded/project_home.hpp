// Where a project keeps its persistent server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "embedded/places.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {

/// PROJECT/.dbmigrate/postgres; where the server's user has no way there, STATE/<hash of the project's path>, which
/// PROJECT/.dbmigrate/location names then. Mode 0700, and all in it belongs to `user`.
struct ProjectHome {
  std::filesystem::path marker;     ///< PROJECT/.dbmigrate
  std::filesystem::path directory;  ///< the server's
  ServerUser user;

  [[nodiscard]] std::filesystem::path data() const { return directory / "data"; }
  [[nodiscard]] std::filesystem::path log_file() const { return directory / "log"; }
  /// Held for as long as starting, stopping, joining or leaving takes.
  [[nodiscard]] std::filesystem::path mutex() const { return directory / "mutex"; }
  /// Held shared by every process that uses the server.
  [[nodiscard]] std::filesystem::path members() const { return directory / "members"; }
  /// Held by the supervisor for as long as the server or anything of it runs; holds the supervisor's process id.
  [[nodiscard]] std::filesystem::path supervisor() const { return directory / "supervisor"; }
  /// Exists while the server is to stay without users.
  [[nodiscard]] std::filesystem::path keep() const { return directory / "keep"; }
  /// The version that the server was last started with.
  [[nodiscard]] std::filesystem::path version() const { return directory / "version"; }
};

/// Changes nothing; empty when the project has none. Throws Error{missing_privilege} when it is another user's.
std::optional<ProjectHome> find_project_home(const std::filesystem::path& project, const Places& places);

/// Finds or creates it, with a .gitignore that keeps it out of version control.
/// Throws Error{file_unreadable}, Error{missing_privilege} or Error{out_of_resources}.
ProjectHome make_project_home(const std::filesystem::path& project, const Places& places);

/// Removes it with all data, and .dbmigrate itself when nothing else is in there. Throws Error{file_unreadable}.
void remove_project_home(const ProjectHome& home);

}  // namespace dbmigrate
