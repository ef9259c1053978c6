// Everything that a run was told: flags, environment and settings file merged into one value.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/flags.hpp"
#include "config/health_section.hpp"
#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/lint_level.hpp"

namespace dbmigrate {

/// A value and who gave it, for messages: `--dir`, `DBMIGRATE_DIR`, `dbmigrate.yaml:3:1` or `default`.
template <class T>
struct Setting {
  T value{};
  std::string from = "default";

  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};

/// How to reach a database.
struct DatabaseAddress {
  std::string url;  ///< a PostgreSQL URL, a conninfo string, `embedded:`, or empty: libpq reads PG* itself
  std::string from;

  [[nodiscard]] bool is_embedded() const { return url.starts_with("embedded:"); }
};

/// Whether a change to this environment has to be confirmed.
enum class Protection { open, is_protected };

/// What `lint:` says.
struct LintSettings {
  std::optional<int> server_version;   ///< major, where there is no database to ask
  std::optional<std::string> fail_on;  ///< `error`, `warning`, `info` or `never`
  std::vector<LintLevel> levels;
};

class Settings {
 public:
  Setting<std::string> environment;            ///< of dbmigrate.yaml; empty = none
  std::filesystem::path config_file;           ///< empty = there is none
  std::filesystem::path project_directory;     ///< the settings file's folder, else the working directory
  Setting<std::filesystem::path> directory;    ///< of the migrations; absolute, may not exist
  Setting<std::vector<std::string>> branches;  ///< chosen ones; empty = all
  Setting<std::string> role;                   ///< to SET first; empty = none
  Setting<Protection> protection;
  Setting<std::string> version_schema;
  Setting<Milliseconds> wait;               ///< for another run to end
  Setting<Milliseconds> lock_timeout;       ///< 0 = none
  Setting<Milliseconds> statement_timeout;  ///< 0 = none
  Setting<Milliseconds> lock_retry_for;
  Setting<Milliseconds> reconnect_for;        ///< 0 = a lost connection ends the run
  Setting<Milliseconds> idle_timeout;         ///< of transactions on the server whose client is silent; at least 1 s
  Setting<Milliseconds> recent_writes_after;  ///< a migration, writes to the tables that it replaced are an error
  Setting<std::filesystem::path> server_bin;  ///< empty = to be searched for
  HealthSectionOfFile health;                 ///< thresholds and suppressions of health-check
  Setting<bool> yes;                          ///< questions are answered with yes
  LintSettings lint;

  /// Throws Error{invalid_config}: no database is named (the hint lists the ways), or its url is wrong. Asked for
  /// late, because many commands need no database.
  [[nodiscard]] const DatabaseAddress& database() const;
  [[nodiscard]] bool has_database() const { return database_.has_value(); }

  void set_database(DatabaseAddress address);
  void set_database_problem(Error problem) { problem_ = std::move(problem); }

 private:
  std::optional<DatabaseAddress> database_;
  std::optional<Error> problem_;
};

/// How a run speaks. Apart from Settings because it holds even where the settings file is broken: only flags and
/// DBMIGRATE_* decide.
struct OutputSettings {
  Setting<std::string> format{"text"};  ///< `text`, `json`, `ndjson`, or a command's own
  Setting<std::string> color{"auto"};   ///< `auto`, `always` or `never`; NO_COLOR makes it never unless told otherwise
  Setting<bool> quiet;
  Setting<bool> verbose;
  Setting<std::filesystem::path> log_file;  ///< empty = none
};

/// Throws Error{invalid_config} naming the variable that makes no sense, Error{usage} for -q with -v.
OutputSettings load_output_settings(const Flags& flags, const Environment& environment);

/// Strongest first: flags, DBMIGRATE_* and DATABASE_URL, dbmigrate.yaml, libpq's PG*, defaults. An environment that
/// was chosen by --env (or DBMIGRATE_ENV) brings its own url: DATABASE_URL (and, for --env, DBMIGRATE_URL) does not
/// replace that, so that a command for one database never runs on another. The default environment is left out when
/// it has a url and the database is named otherwise.
/// The password in the url becomes a secret of the log. Throws Error{invalid_config} or Error{file_unreadable}.
Settings load_settings(const Flags& flags, const Environment& environment,
                       const std::filesystem::path& working_directory);

}  // namespace dbmigrate
