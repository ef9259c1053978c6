// Reading and writing files, with errors that name them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace dbmigrate {

/// No file that people write is larger; PostgreSQL takes no larger message either.
inline constexpr std::size_t kLargestFileRead = std::size_t{1} << 30;

/// The bytes as they are. Throws Error{file_unreadable} with the system's reason, for what is no regular file (a pipe
/// could hold us up, a device need not end), and for what has more than `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = kLargestFileRead);

enum class Overwrite { no, yes };

/// Written next to it, flushed and renamed, so a reader sees the old content or the new. Creates the folder.
/// Throws Error{file_unreadable}; with Overwrite::no also when something is there already.
void write_file(const std::filesystem::path& path, std::string_view content, Overwrite overwrite);

/// Relative to the working directory where it lies below it, else absolute: what a user would type.
std::string path_for_people(const std::filesystem::path& path);

}  // namespace dbmigrate
