// A PostgreSQL of the tests' own that may be stopped hard and started again, with its log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embedded/server_binaries.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate::faults {

/// Runs from construction to destruction, on a Unix socket in a private folder, without fsync: it survives the kills of
/// processes, not of machines. Ends with this process, however that ends.
class Server {
 public:
  using Settings = std::vector<std::pair<std::string, std::string>>;
  explicit Server(const Settings& settings = {});
  /// Begins with the files of `stopped`, which does not run. A standby of `primary` where that is given.
  Server(const Server& stopped, const Settings& settings, const Server* primary = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// A folder of the server's user that goes with the server: its socket, and room for other sockets.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string url(std::string_view database, std::string_view user = "postgres") const;
  [[nodiscard]] const ServerUser& user() const { return user_; }
  [[nodiscard]] int major() const { return binaries_.major; }
  /// A program that came with the server, such as pg_dump.
  [[nodiscard]] std::string program(std::string_view name) const { return (binaries_.directory / name).string(); }

  /// As `pg_ctl stop -m immediate`: no goodbye, recovery at the next start.
  void kill_at_once();
  /// As `pg_ctl stop -m fast`: a shutdown checkpoint, and nothing to recover.
  void stop();
  /// Returns when it answers.
  void start();
  [[nodiscard]] bool runs() const { return pid_ > 0; }

  [[nodiscard]] std::uintmax_t log_size() const;
  /// Lines of the log from `offset` on that hold ERROR, FATAL or PANIC.
  [[nodiscard]] std::vector<std::string> errors_since(std::uintmax_t offset) const;

 private:
  void make_folder(const Settings& settings);
  void end(int signal);
  void wait_until_ready() const;

  ServerBinaries binaries_;
  ServerUser user_;
  std::filesystem::path folder_;
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
};

/// A URL of a database behind the socket folder `host`.
std::string url_at(std::string_view host, std::string_view port, std::string_view database, std::string_view user);

}  // namespace dbmigrate::faults
