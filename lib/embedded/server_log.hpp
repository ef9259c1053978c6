// What a server says about itself: its process file and its log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "embedded/launch.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {

/// postmaster.pid, whose eighth line a server from 10 on keeps at `starting`, `ready` or `stopping`.
struct ProcessFile {
  pid_t pid = 0;
  std::filesystem::path socket_directory;
  bool ready = false;
};

/// Nothing when the file is missing or half-written.
std::optional<ProcessFile> read_process_file(const std::filesystem::path& data);
std::optional<ProcessFile> parse_process_file(std::string_view text);

/// Why a server did not start: from what its keeper reported and what its log holds from `log_offset` on.
Error start_failure(const KeeperReport& report, const std::string& program, const ServerUser& user,
                    const std::filesystem::path& log_file, std::uintmax_t log_offset);

/// Whether a Unix socket can be made there: not too long a path, and none of the characters that separate paths in
/// unix_socket_directories.
bool can_hold_socket(const std::filesystem::path& directory);

/// `postgresql://postgres@/DATABASE?host=DIRECTORY&port=5432`; the port is there because PGPORT would win else.
std::string socket_url(const std::filesystem::path& socket_directory, std::string_view database);

}  // namespace dbmigrate
