// The flags that every command takes, as they were given.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/duration.hpp"

namespace dbmigrate {

/// Empty = not given. Filled by cli, merged by load_settings().
struct Flags {
  std::optional<std::string> url;
  std::optional<std::string> env;
  std::optional<std::string> config;
  std::optional<std::string> dir;
  std::vector<std::string> branches;
  std::optional<std::string> format;
  std::optional<std::string> color;
  std::optional<std::string> log_file;
  std::optional<std::string> version_schema;
  std::optional<std::string> server_bin;
  std::optional<Milliseconds> wait;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::optional<Milliseconds> lock_retry_for;
  std::optional<Milliseconds> reconnect_for;
  std::optional<Milliseconds> idle_timeout;
  bool quiet = false;
  bool verbose = false;
  bool yes = false;
};

}  // namespace dbmigrate
