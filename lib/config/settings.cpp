// Merging, strongest first.
// SPDX-License-Identifier: Apache-2.0
#include "config/settings.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include "config/config_file.hpp"
#include "config/database_url.hpp"
#include "core/file.hpp"
#include "core/log.hpp"
#include "core/source_text.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

[[noreturn]] void wrong_variable(std::string_view name, std::string_view value, std::string expected) {
  throw Error({.code = ErrorCode::invalid_config,
               .message = fmt::format("the environment variable {} holds \"{}\"", name, value),
               .detail = fmt::format("It takes {}.", expected),
               .hint = fmt::format("Correct {} or unset it.", name)});
}

std::optional<Milliseconds> duration_variable(const Environment& environment, std::string_view name) {
  const auto text = environment.get(name);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration) wrong_variable(name, *text, "a duration with its unit, such as 500ms, 2s or 5min, or a bare 0");
  return duration;
}

std::optional<bool> switch_variable(const Environment& environment, std::string_view name) {
  const auto text = environment.get(name);
  if (!text) return std::nullopt;
  if (*text == "1" || *text == "true" || *text == "yes" || *text == "on") return true;
  if (*text == "0" || *text == "false" || *text == "no" || *text == "off") return false;
  wrong_variable(name, *text, "true or false");
}

std::optional<std::vector<std::string>> list_variable(const Environment& environment, std::string_view name) {
  const auto text = environment.get(name);
  if (!text) return std::nullopt;
  std::vector<std::string> words;
  std::string word;
  for (const char c : *text + ",") {
    if (c != ',' && c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  if (words.empty()) wrong_variable(name, *text, "names with commas between them");
  return words;
}

/// Everything that load_settings() merges from.
struct Sources {
  const Flags& flags;
  const Environment& variables;
  fs::path working_directory;
  ConfigFile file;
  const FileEnvironment* environment = nullptr;  ///< the selected one
};

template <class T>
void give(Setting<T>& setting, const std::optional<T>& value, std::string_view from) {
  if (value) setting = {*value, std::string(from)};
}

template <class T>
void give(Setting<T>& setting, const std::optional<Setting<T>>& value) {
  if (value) setting = *value;
}

/// Weakest first: what comes later replaces it.
void merge_duration(Setting<Milliseconds>& setting, const Sources& sources,
                    std::optional<Setting<Milliseconds>> FileLimits::*in_file, std::string_view variable,
                    const std::optional<Milliseconds>& flag, std::string_view flag_name) {
  give(setting, sources.file.limits.*in_file);
  if (sources.environment) give(setting, sources.environment->limits.*in_file);
  give(setting, duration_variable(sources.variables, variable), variable);
  give(setting, flag, flag_name);
}

void merge_path(Setting<fs::path>& setting, const Sources& sources, const std::optional<Setting<fs::path>>& in_file,
                std::string_view variable, const std::optional<std::string>& flag, std::string_view flag_name) {
  const auto absolute = [&](const std::string& text) { return (sources.working_directory / text).lexically_normal(); };
  give(setting, in_file);
  if (const auto text = sources.variables.get(variable)) setting = {absolute(*text), std::string(variable)};
  if (flag) setting = {absolute(*flag), std::string(flag_name)};
}

void check_version_schema(const Setting<std::string>& schema) {
  const bool reserved = schema->starts_with("pg_");
  const bool is_text = first_invalid_utf8(*schema) == std::string::npos && schema->find('\0') == std::string::npos;
  if (!schema->empty() && schema->size() <= 63 && !reserved && is_text) return;
  throw Error({.code = schema.from.starts_with("--") ? ErrorCode::usage : ErrorCode::invalid_config,
               .message = fmt::format("\"{}\" cannot be the name of the version table's schema", *schema),
               .detail = fmt::format("{} gives it. {}", schema.from,
                                     reserved ? "PostgreSQL keeps names that begin with pg_ for itself."
                                              : "A name has 1 to 63 bytes of UTF-8."),
               .hint = "Choose another name; the default is dbmigrate."});
}

/// The run's own beat has to fit in several times, also on a busy machine.
void check_idle_timeout(const Setting<Milliseconds>& timeout) {
  if (*timeout >= 1s) return;
  throw Error({.code = timeout.from.starts_with("--") ? ErrorCode::usage : ErrorCode::invalid_config,
               .message = fmt::format("an idle timeout of {} ms is too short", timeout->count()),
               .detail = fmt::format("{} gives it. The server would take a living run for a dead one.", timeout.from),
               .hint = "Give 1s or more; the default is 30s."});
}

void merge_limits(Settings& settings, const Sources& sources) {
  const Flags& flags = sources.flags;
  settings.version_schema.value = "dbmigrate";
  settings.wait.value = 1min;
  settings.lock_timeout.value = 2s;
  settings.lock_retry_for.value = 5min;
  settings.reconnect_for.value = 30s;
  settings.idle_timeout.value = 30s;
  settings.recent_writes_after.value = 24h * 7;
  merge_duration(settings.wait, sources, &FileLimits::wait, "DBMIGRATE_WAIT", flags.wait, "--wait");
  merge_duration(settings.lock_timeout, sources, &FileLimits::lock_timeout, "DBMIGRATE_LOCK_TIMEOUT",
                 flags.lock_timeout, "--lock-timeout");
  merge_duration(settings.statement_timeout, sources, &FileLimits::statement_timeout, "DBMIGRATE_STATEMENT_TIMEOUT",
                 flags.statement_timeout, "--statement-timeout");
  merge_duration(settings.lock_retry_for, sources, &FileLimits::lock_retry_for, "DBMIGRATE_LOCK_RETRY_FOR",
                 flags.lock_retry_for, "--lock-retry-for");
  merge_duration(settings.reconnect_for, sources, &FileLimits::reconnect_for, "DBMIGRATE_RECONNECT_FOR",
                 flags.reconnect_for, "--reconnect-for");
  merge_duration(settings.idle_timeout, sources, &FileLimits::idle_timeout, "DBMIGRATE_IDLE_TIMEOUT",
                 flags.idle_timeout, "--idle-timeout");
  check_idle_timeout(settings.idle_timeout);
  merge_duration(settings.recent_writes_after, sources, &FileLimits::recent_writes_after,
                 "DBMIGRATE_RECENT_WRITES_AFTER", std::nullopt, "");

  give(settings.version_schema, sources.file.limits.version_schema);
  if (sources.environment) give(settings.version_schema, sources.environment->limits.version_schema);
  give(settings.version_schema, sources.variables.get("DBMIGRATE_VERSION_SCHEMA"), "DBMIGRATE_VERSION_SCHEMA");
  give(settings.version_schema, flags.version_schema, "--version-schema");
  check_version_schema(settings.version_schema);
}

void merge_rest(Settings& settings, const Sources& sources) {
  settings.health = sources.file.health;
  settings.directory.value = settings.project_directory / "migrations";
  merge_path(settings.directory, sources, sources.file.directory, "DBMIGRATE_DIR", sources.flags.dir, "--dir");
  merge_path(settings.server_bin, sources, sources.file.server_bin, "DBMIGRATE_SERVER_BIN", sources.flags.server_bin,
             "--server-bin");
  if (sources.environment) {
    settings.environment.value = sources.environment->name;
    give(settings.branches, sources.environment->branches);
    give(settings.role, sources.environment->role);
    give(settings.protection, sources.environment->protection);
  }
  give(settings.branches, list_variable(sources.variables, "DBMIGRATE_BRANCH"), "DBMIGRATE_BRANCH");
  if (!sources.flags.branches.empty()) settings.branches = {sources.flags.branches, "--branch"};
  give(settings.role, sources.variables.get("DBMIGRATE_ROLE"), "DBMIGRATE_ROLE");
  give(settings.yes, switch_variable(sources.variables, "DBMIGRATE_YES"), "DBMIGRATE_YES");
  if (sources.flags.yes) settings.yes = {true, "--yes"};
}

/// `prod` for `production`, and what is nearly right.
std::string environment_meant(const std::string& name, const std::vector<std::string>& names) {
  for (const auto& candidate : names) {
    if (!name.empty() && candidate.starts_with(name)) return fmt::format("Did you mean \"{}\"?", candidate);
  }
  return did_you_mean(name, names);
}

const FileEnvironment& named_environment(const ConfigFile& file, const std::string& name, const std::string& from) {
  if (const auto* found = file.find(name)) return *found;
  const auto names = file.environment_names();
  const std::string meant = environment_meant(name, names);
  throw Error(
      {.code = from == "--env" ? ErrorCode::usage : ErrorCode::invalid_config,
       .message = fmt::format("unknown environment \"{}\"", name),
       .detail = (from.starts_with("--") ? "" : from + " names it. ") +
                 (file.path.empty() ? fmt::format("There is no {} that could have environments.", kConfigFileName)
                  : names.empty()   ? fmt::format("{} has none.", path_for_people(file.path))
                                    : fmt::format("{} has {}.", path_for_people(file.path), listed(names))),
       .hint = !meant.empty()      ? meant
               : file.path.empty() ? "\"dbmigrate init\" makes one; --config names one elsewhere."
                                   : "Add it below environments, or name one that is there."});
}

/// libpq's variables that say where a database is; PGPASSWORD and its kind do not.
std::string libpq_variables(const Environment& variables) {
  constexpr std::array<std::string_view, 6> kNames{"PGHOST",     "PGHOSTADDR", "PGPORT",
                                                   "PGDATABASE", "PGUSER",     "PGSERVICE"};
  std::vector<std::string> set;
  for (const auto name : kNames) {
    if (variables.get(name)) set.emplace_back(name);
  }
  return listed(set);
}

Error no_database(const ConfigFile& file) {
  const auto names = file.environment_names();
  return Error({.code = ErrorCode::invalid_config,
                .message = "no database is named",
                .detail = names.empty() ? std::string()
                                        : fmt::format("{} has the environments {}; none of them is the default.",
                                                      path_for_people(file.path), listed(names)),
                .hint =
                    "Give --url URL or --env NAME, set DATABASE_URL or DBMIGRATE_URL, write default_environment and "
                    "environments into dbmigrate.yaml, or set libpq's PGHOST, PGDATABASE and PGUSER. The URL "
                    "embedded: starts a PostgreSQL of this project's own."});
}

/// Where the database's address comes from, and with it which environment is in force.
class AddressChoice {
 public:
  AddressChoice(Sources& sources, Settings& settings) : sources_(sources), settings_(settings) {}

  void make() {
    const auto& [flags, variables, directory, file, selected] = sources_;
    if (flags.env)
      select(*flags.env, "--env");
    else if (const auto name = variables.get("DBMIGRATE_ENV"))
      select(*name, "DBMIGRATE_ENV");

    if (flags.url) return take(*flags.url, "--url");
    if (flags.env && take_from_environment()) return;
    if (const auto url = variables.get("DBMIGRATE_URL")) return take(*url, "DBMIGRATE_URL");
    if (take_from_environment()) return;
    if (const auto url = variables.get("DATABASE_URL")) return take(*url, "DATABASE_URL");
    take_default_environment();
    if (take_from_environment()) return;
    const std::string from = libpq_variables(variables);
    if (from.empty()) return settings_.set_database_problem(no_database(file));
    settings_.set_database({.url = "", .from = from});
  }

 private:
  void select(const std::string& name, const std::string& from) {
    sources_.environment = &named_environment(sources_.file, name, from);
    settings_.environment.from = from;
  }

  /// Whether the default environment applies next to an address from elsewhere: only if it has none itself.
  void take_default_environment() {
    const auto& name = sources_.file.default_environment;
    if (!sources_.environment && name) select(**name, name->from);
  }

  bool take_from_environment() {
    if (!sources_.environment || !sources_.environment->url) return false;
    const auto& url = *sources_.environment->url;
    try {
      const std::string expanded = with_variables(*url, sources_.variables, sources_.environment->url_at);
      settle(expanded, url.from);
    } catch (const Error& problem) {
      settings_.set_database_problem(problem);
    }
    return true;
  }

  void take(const std::string& url, const std::string& from) {
    if (!sources_.environment && sources_.file.default_environment) {
      const auto* usual = sources_.file.find(**sources_.file.default_environment);
      if (usual && !usual->url) take_default_environment();
    }
    try {
      settle(url, from);
    } catch (const Error& problem) {
      settings_.set_database_problem(problem);
    }
  }

  void settle(const std::string& url, const std::string& from) {
    for (auto& password : passwords_in(url)) log::add_secret(std::move(password));
    check_database_url(url, from);
    settings_.set_database({.url = url, .from = from});
  }

  Sources& sources_;
  Settings& settings_;
};

/// A shell's variable that is not set would else mean the working directory.
void refuse_empty_path(const std::optional<std::string>& path, std::string_view flag) {
  if (!path || !path->empty()) return;
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("{} is empty", flag),
               .hint = "Give a path, or leave the flag out."});
}

fs::path config_path(const Flags& flags, const Environment& variables, const fs::path& working_directory) {
  if (flags.config) return (working_directory / *flags.config).lexically_normal();
  if (const auto path = variables.get("DBMIGRATE_CONFIG")) return (working_directory / *path).lexically_normal();
  return find_config_file(working_directory);
}

}  // namespace

const DatabaseAddress& Settings::database() const {
  if (database_) return *database_;
  if (problem_) throw *problem_;
  throw Error({.code = ErrorCode::invalid_config, .message = "no database is named", .hint = "Give --url URL."});
}

void Settings::set_database(DatabaseAddress address) { database_ = std::move(address); }

Settings load_settings(const Flags& flags, const Environment& environment, const fs::path& working_directory) {
  if (const auto password = environment.get("PGPASSWORD")) log::add_secret(*password);
  refuse_empty_path(flags.config, "--config");
  refuse_empty_path(flags.dir, "--dir");
  refuse_empty_path(flags.server_bin, "--server-bin");
  Settings settings;
  settings.config_file = config_path(flags, environment, working_directory);
  settings.project_directory = settings.config_file.empty() ? working_directory : settings.config_file.parent_path();
  Sources sources{flags, environment, working_directory, {}};
  if (!settings.config_file.empty()) sources.file = read_config_file(settings.config_file);
  AddressChoice(sources, settings).make();
  merge_limits(settings, sources);
  settings.lint = sources.file.lint;
  merge_rest(settings, sources);
  return settings;
}

}  // namespace dbmigrate
