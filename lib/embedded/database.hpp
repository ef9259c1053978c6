// The one database of a project's server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dbmigrate {

/// Empty when `database` is there now, created if it was not; else what the server or libpq says.
std::string ensure_database(const std::filesystem::path& socket_directory, std::string_view database);

}  // namespace dbmigrate
