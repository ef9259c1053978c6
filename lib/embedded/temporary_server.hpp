// A PostgreSQL for one process, gone with everything when the process is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embedded/places.hpp"
#include "embedded/server_binaries.hpp"
#include "embedded/template_cluster.hpp"

namespace dbmigrate {

enum class ExpectedSize {
  small,  ///< schemas and test rows: in memory where there is plenty, which starts several times faster
  large,  ///< a restored backup: on disk
};

struct TemporaryServerOptions {
  ClusterOptions cluster;
  /// Server settings by name; they win over those for speed: no fsync, wal_level minimal, no autovacuum, 30
  /// connections.
  std::vector<std::pair<std::string, std::string>> settings;
  ExpectedSize size = ExpectedSize::small;
  Places places = standard_places();
};

/// Running and ready from construction on; superuser `postgres`, no password, on a Unix socket in a directory that only
/// this user can enter. Whatever ends this process, also SIGKILL, ends the server and removes its directory within
/// moments: a guard process waits for that. The guard is forked here, so create servers before threads, or at least
/// from a thread that lives as long as no other one forks and keeps files open. Movable, not copyable.
class TemporaryServer {
 public:
  /// Removes first what earlier processes could not. Throws Error{server_missing} when the server's user cannot run the
  /// binaries, Error{cannot_connect} with the end of the server's log, Error{out_of_resources}, Error{interrupted}.
  explicit TemporaryServer(const ServerBinaries& binaries, const TemporaryServerOptions& options = {});
  TemporaryServer(TemporaryServer&&) noexcept;
  TemporaryServer& operator=(TemporaryServer&&) noexcept;
  /// Returns when no process and no file of the server is left.
  ~TemporaryServer();

  [[nodiscard]] std::string url(std::string_view database = "postgres") const;
  [[nodiscard]] const std::filesystem::path& directory() const;
  [[nodiscard]] const std::filesystem::path& socket_directory() const;
  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] ClusterOrigin origin() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dbmigrate
