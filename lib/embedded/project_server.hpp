// The persistent PostgreSQL of a project, shared by all processes that use it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "embedded/file_lock.hpp"
#include "embedded/places.hpp"
#include "embedded/project_home.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate {

/// The database that `embedded:` means.
inline constexpr std::string_view kProjectDatabase = "app";

/// One process's use of its project's server. The data is durable (fsync on) and stays; the server runs for as long as
/// any process on this machine holds one of these, or from start_project_server() to stop_project_server(). However a
/// process ends, the server notices, and is stopped cleanly when that was the last one. Movable, not copyable.
class ProjectServer {
 public:
  /// Joins the running server, or starts it, recovering from whatever ended it before. `project` is the directory that
  /// .dbmigrate/ stands in. Ready, with its database, on return. Create it before threads: it may fork.
  /// Throws Error{server_missing} when the data needs another major version, Error{cannot_connect} with the end of the
  /// server's log, Error{busy}, Error{missing_privilege}, Error{file_unreadable}, Error{out_of_resources}.
  static ProjectServer attach(const std::filesystem::path& project, const ServerBinaries& binaries,
                              const Places& places = standard_places());
  ProjectServer(ProjectServer&&) noexcept = default;
  ProjectServer& operator=(ProjectServer&&) = delete;
  /// Leaves; as the last one it returns when the server has stopped.
  ~ProjectServer();

  [[nodiscard]] std::string url(std::string_view database = kProjectDatabase) const;
  [[nodiscard]] const std::filesystem::path& socket_directory() const { return socket_directory_; }

 private:
  ProjectServer(ProjectHome home, LockFile membership, std::filesystem::path socket_directory);

  ProjectHome home_;
  LockFile membership_;  ///< held shared; the kernel lets go of it when this process ends
  std::filesystem::path socket_directory_;
};

struct ProjectServerStatus {
  bool exists = false;  ///< there is data, running or not
  bool running = false;
  bool stays = false;  ///< until stop_project_server(), not until its last user leaves
  pid_t pid = 0;       ///< of the postmaster; 0 when not running, as the next one
  std::filesystem::path socket_directory;
  std::filesystem::path data_directory;
  std::string version;              ///< it was last started with
  std::uintmax_t size_on_disk = 0;  ///< bytes, log included
};

enum class StopMode {
  when_unused,  ///< now if nobody uses it, else when the last one leaves
  now,          ///< others lose their connections; their transactions roll back
};
enum class StopResult { stopped, was_not_running, still_used };

/// Starts it if need be; from now on it runs without users. Throws as attach() does. Returns its status.
ProjectServerStatus start_project_server(const std::filesystem::path& project, const ServerBinaries& binaries,
                                         const Places& places = standard_places());

/// Returns when it has stopped, or is left to its users. Throws Error{busy} when it does not stop in time.
StopResult stop_project_server(const std::filesystem::path& project, StopMode mode,
                               const Places& places = standard_places());

/// Changes nothing.
ProjectServerStatus project_server_status(const std::filesystem::path& project,
                                          const Places& places = standard_places());

/// Stops it and removes its data for good; false when there was none. Throws Error{busy} while others use it.
bool destroy_project_server(const std::filesystem::path& project, const Places& places = standard_places());

}  // namespace dbmigrate
