// A directory under a public one, for one process alone, that the next run removes if this one cannot.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "embedded/file_lock.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {

/// DIRECTORY/dbmigrate-pg-XXXXXX, mode 0700, owned by the server's user, with a file `lock` in it that is held for as
/// long as any process has lock_descriptor() open. Removed with all that is in it when the object goes.
class PrivateDirectory {
 public:
  /// Throws Error{file_unreadable} or Error{out_of_resources}.
  PrivateDirectory(const std::filesystem::path& parent, const ServerUser& owner);
  PrivateDirectory(PrivateDirectory&&) noexcept = default;
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  ~PrivateDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] int lock_descriptor() const { return lock_.descriptor(); }
  /// From now on another process removes it.
  void release() { lock_.close(); }

 private:
  std::filesystem::path path_;
  LockFile lock_;
};

/// Removes the private directories below `parent` whose processes are gone; those of other users are left alone.
void remove_stale_directories(const std::filesystem::path& parent, const ServerUser& owner) noexcept;

}  // namespace dbmigrate
