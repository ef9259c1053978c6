// The user that a server of ours runs as; PostgreSQL refuses to be root.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace dbmigrate {

struct ServerUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;       ///< the number where the system knows no name
  bool switches = false;  ///< true when this process is root and has to become that user first

  bool operator==(const ServerUser&) const = default;
};

/// This process's own user; for root `postgres`, else `nobody`, else 65534.
ServerUser server_user();

/// The user `uid`, as who owns an existing data directory.
ServerUser user_of(uid_t uid);

/// Whether `user` can read, write and enter this directory: asked of the kernel, as that user.
bool can_use_directory(const ServerUser& user, const std::filesystem::path& directory);

/// Whether `user` can run this file.
bool can_execute(const ServerUser& user, const std::filesystem::path& file);

/// Becomes `user` for good, in a child process; async-signal-safe. False with errno when the system refuses.
bool become_user(uid_t uid, gid_t gid) noexcept;

}  // namespace dbmigrate
