// The server's own schema-only dump of a database, where there is a pg_dump that is new enough.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/duration.hpp"

namespace dbmigrate {

struct SchemaDump {
  std::string sql;  ///< empty where there is none
  std::string why;  ///< there is none, a sentence
};

/// The first of `folders`, then of PATH, whose pg_dump is not older than `server_major`: an older one refuses.
std::optional<std::filesystem::path> find_pg_dump(const std::vector<std::filesystem::path>& folders, int server_major);

/// Runs `program` against `conninfo`. It only reads, under ACCESS SHARE, and waits no longer than `lock_timeout` for
/// it. The password goes by the environment: the command line is for everyone to read.
SchemaDump dump_schema(const std::filesystem::path& program, const std::string& conninfo, Milliseconds lock_timeout);

}  // namespace dbmigrate
