// dbmigrate.yaml: its keys and what they hold.
// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "core/words.hpp"
#include "yaml/document.hpp"
#include "yaml/lint_levels.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kLimitKeys{"version_schema", "wait",          "lock_timeout", "statement_timeout",
                                          "lock_retry_for", "reconnect_for", "idle_timeout", "recent_writes_after"};

std::vector<std::string> with_limits(std::vector<std::string> keys) {
  keys.insert(keys.end(), kLimitKeys.begin(), kLimitKeys.end());
  return keys;
}

template <class T, class Read>
std::optional<Setting<T>> setting(const yaml::Mapping& mapping, std::string_view key, Read read) {
  const auto value = mapping.find(key);
  if (!value) return std::nullopt;
  return Setting<T>{read(*value), value->at().text()};
}

std::optional<Setting<std::string>> text(const yaml::Mapping& mapping, std::string_view key) {
  return setting<std::string>(mapping, key, [](const yaml::Value& value) { return value.text(); });
}

std::optional<Setting<Milliseconds>> duration(const yaml::Mapping& mapping, std::string_view key) {
  return setting<Milliseconds>(mapping, key, [](const yaml::Value& value) { return value.duration(); });
}

std::optional<Setting<fs::path>> path_in(const fs::path& folder, const yaml::Mapping& mapping, std::string_view key) {
  return setting<fs::path>(mapping, key,
                           [&](const yaml::Value& value) { return (folder / value.text()).lexically_normal(); });
}

FileLimits read_limits(const yaml::Mapping& mapping) {
  return {.version_schema = text(mapping, "version_schema"),
          .wait = duration(mapping, "wait"),
          .lock_timeout = duration(mapping, "lock_timeout"),
          .statement_timeout = duration(mapping, "statement_timeout"),
          .lock_retry_for = duration(mapping, "lock_retry_for"),
          .reconnect_for = duration(mapping, "reconnect_for"),
          .idle_timeout = duration(mapping, "idle_timeout"),
          .recent_writes_after = duration(mapping, "recent_writes_after")};
}

FileEnvironment read_environment(const yaml::Value& value) {
  const auto mapping = value.mapping("an environment", with_limits({"url", "branches", "role", "protected"}));
  FileEnvironment environment{.name = value.name()};
  environment.url = text(mapping, "url");
  if (environment.url) environment.url_at = mapping.required("url").at();
  environment.branches = setting<std::vector<std::string>>(
      mapping, "branches", [](const yaml::Value& branches) { return branches.texts(); });
  environment.role = text(mapping, "role");
  environment.protection = setting<Protection>(mapping, "protected", [](const yaml::Value& flag) {
    return flag.boolean() ? Protection::is_protected : Protection::open;
  });
  environment.limits = read_limits(mapping);
  return environment;
}

LintSettings read_lint(const yaml::Value& value) {
  constexpr int kOldest = 9;
  constexpr int kNewest = 99;
  const auto mapping = value.mapping("lint", {"server_version", "fail_on", "rules"});
  LintSettings lint;
  if (const auto version = mapping.find("server_version")) {
    lint.server_version = static_cast<int>(version->integer(kOldest, kNewest));
  }
  if (const auto fail_on = mapping.find("fail_on")) {
    lint.fail_on = fail_on->one_of<std::string>(
        {{"error", "error"}, {"warning", "warning"}, {"info", "info"}, {"never", "never"}});
  }
  if (const auto rules = mapping.find("rules")) lint.levels = yaml::read_lint_levels(*rules);
  return lint;
}

void check_default(const ConfigFile& file, const yaml::Mapping& mapping) {
  if (!file.default_environment || file.find(**file.default_environment)) return;
  const auto names = file.environment_names();
  const std::string meant = did_you_mean(**file.default_environment, names);
  mapping.required("default_environment")
      .fail(fmt::format("default_environment names \"{}\", which is not there", **file.default_environment),
            names.empty() ? "The file has no environments." : fmt::format("The file has {}.", listed(names)),
            meant.empty() ? "Add it below environments, or name one that is there." : meant);
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

std::string value_of(const std::string& name, const Environment& environment, const Location& at) {
  if (!is_variable_name(name)) {
    throw Error({.code = ErrorCode::invalid_config,
                 .message = fmt::format("\"{}\" is no name of a variable", name),
                 .hint = "Write ${NAME}, with letters, digits and underscores.",
                 .at = at});
  }
  if (auto value = environment.get(name)) return *value;
  std::vector<std::string> known;
  for (const auto& [other, value] : environment.variables()) known.push_back(other);
  const std::string meant = did_you_mean(name, known);
  throw Error(
      {.code = ErrorCode::invalid_config,
       .message = fmt::format("the environment variable {} is not set", name),
       .hint = fmt::format("Set {} to the database's URL, or give --url.{}{}", name, meant.empty() ? "" : " ", meant),
       .at = at});
}

}  // namespace

const FileEnvironment* ConfigFile::find(std::string_view environment) const {
  for (const auto& candidate : environments) {
    if (candidate.name == environment) return &candidate;
  }
  return nullptr;
}

std::vector<std::string> ConfigFile::environment_names() const {
  std::vector<std::string> names;
  for (const auto& environment : environments) names.push_back(environment.name);
  return names;
}

fs::path find_config_file(const fs::path& start) {
  std::error_code ignored;  // a folder that may not be looked into has no settings for us
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (fs::exists(folder / kConfigFileName, ignored)) return folder / kConfigFileName;
    if (fs::exists(folder / ".git", ignored) || folder == folder.parent_path()) return {};
  }
}

ConfigFile read_config_file(const fs::path& path) {
  const auto document =
      yaml::parse(read_file(path, yaml::kLargestFile), path_for_people(path), ErrorCode::invalid_config);
  const yaml::Value root(document, "the settings file");
  ConfigFile file;
  file.path = path;
  const auto mapping = root.mapping(
      "the settings file", with_limits({"default_environment", "environments", "dir", "server_bin", "health", "lint"}));
  file.default_environment = text(mapping, "default_environment");
  file.directory = path_in(path.parent_path(), mapping, "dir");
  file.server_bin = path_in(path.parent_path(), mapping, "server_bin");
  file.limits = read_limits(mapping);
  if (const auto health = mapping.find("health")) file.health = read_health_section(*health);
  if (const auto lint = mapping.find("lint")) file.lint = read_lint(*lint);
  if (const auto environments = mapping.find("environments")) {
    for (const auto& entry : environments->entries()) file.environments.push_back(read_environment(entry));
  }
  check_default(file, mapping);
  return file;
}

std::string with_variables(const std::string& text, const Environment& environment, const Location& at) {
  std::string result;
  std::size_t done = 0;
  while (true) {
    const std::size_t open = text.find("${", done);
    result += text.substr(done, open == std::string::npos ? open : open - done);
    if (open == std::string::npos) return result;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      throw Error(
          {.code = ErrorCode::invalid_config, .message = "a ${ has no } after it", .hint = "Write ${NAME}.", .at = at});
    }
    result += value_of(text.substr(open + 2, close - open - 2), environment, at);
    done = close + 1;
  }
}

}  // namespace dbmigrate
