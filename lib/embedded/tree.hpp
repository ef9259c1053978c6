// Whole directories: copied, measured and removed without following a link.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "embedded/server_user.hpp"

namespace dbmigrate {

/// Removes a directory with everything in it; false when something is left. Async-signal-safe, so a forked child of a
/// process with threads may call it. Goes on where another process is still deleting or adding files.
bool remove_tree(const char* path) noexcept;

/// Copies directories and plain files below `from` into the new directory `to`, all owned by `owner` and 0700 or 0600.
/// Throws std::system_error with the system's reason; what was copied so far stays.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to, const ServerUser& owner);

/// Bytes that a directory occupies on disk; what cannot be read counts nothing.
std::uintmax_t size_on_disk(const std::filesystem::path& directory);

/// Creates `path` for `owner` alone (0700), or accepts it when it is just that already: a real directory, owned by
/// `owner` and closed to everyone else. Throws Error{file_unreadable}.
void make_private_directory(const std::filesystem::path& path, const ServerUser& owner);

/// True for a real directory of this owner that nobody else may write to.
bool is_owned_directory(const std::filesystem::path& path, uid_t owner);

}  // namespace dbmigrate
