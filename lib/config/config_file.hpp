// dbmigrate.yaml as it stands on disk.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/health_section.hpp"
#include "config/settings.hpp"

namespace dbmigrate {

inline constexpr std::string_view kConfigFileName = "dbmigrate.yaml";

/// What may stand at the top of the file and, stronger, in an environment. Empty = not there.
struct FileLimits {
  std::optional<Setting<std::string>> version_schema;
  std::optional<Setting<Milliseconds>> wait;
  std::optional<Setting<Milliseconds>> lock_timeout;
  std::optional<Setting<Milliseconds>> statement_timeout;
  std::optional<Setting<Milliseconds>> lock_retry_for;
  std::optional<Setting<Milliseconds>> reconnect_for;
  std::optional<Setting<Milliseconds>> idle_timeout;
  std::optional<Setting<Milliseconds>> recent_writes_after;
};

struct FileEnvironment {
  std::string name;
  std::optional<Setting<std::string>> url;  ///< as written, `${VAR}` and all
  Location url_at;
  std::optional<Setting<std::vector<std::string>>> branches;
  std::optional<Setting<std::string>> role;
  std::optional<Setting<Protection>> protection;
  FileLimits limits;
};

struct ConfigFile {
  std::filesystem::path path;  ///< empty = there is no file
  std::optional<Setting<std::string>> default_environment;
  std::optional<Setting<std::filesystem::path>> directory;   ///< absolute
  std::optional<Setting<std::filesystem::path>> server_bin;  ///< absolute
  FileLimits limits;
  HealthSectionOfFile health;
  std::vector<FileEnvironment> environments;  ///< in the order of the file
  LintSettings lint;

  [[nodiscard]] const FileEnvironment* find(std::string_view environment) const;
  [[nodiscard]] std::vector<std::string> environment_names() const;
};

/// In `start` or the nearest folder above it; folders above a git work tree are not looked at. Empty when none.
std::filesystem::path find_config_file(const std::filesystem::path& start);

/// Throws Error{invalid_config} with the place of what is wrong, Error{file_unreadable}.
ConfigFile read_config_file(const std::filesystem::path& path);

/// `text` with each `${VAR}` replaced. Throws Error{invalid_config} naming a variable that is not set, and `at`.
std::string with_variables(const std::string& text, const Environment& environment, const Location& at);

}  // namespace dbmigrate
