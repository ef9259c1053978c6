// Finding the PostgreSQL server that is installed here.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

struct ServerBinaries {
  std::filesystem::path directory;  ///< has `postgres` and `initdb`
  std::string version;              ///< as `postgres --version` prints it after the product's name
  int major = 0;
};

/// `preferred` alone where it is given: a directory of binaries, or one with `bin` in it. Else the first that works of
/// `pg_config --bindir`, the newest of /usr/lib/postgresql/*/bin and /usr/pgsql-*/bin, and PATH.
/// Throws Error{server_missing}, which names the package to install, and Error{server_unsupported} before 13.
ServerBinaries find_server_binaries(const std::filesystem::path& preferred);

/// The version in what `postgres --version` prints, major 0 when it is not that.
ServerBinaries parse_server_version(std::string_view output);

/// Newest first, by the first number in the path.
void sort_newest_first(std::vector<std::filesystem::path>& directories);

/// What to type to get a server, from the text of /etc/os-release.
std::string install_hint(std::string_view os_release);

}  // namespace dbmigrate
