// The places where distributions put a server, newest first.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/server_binaries.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include "core/error.hpp"
#include "core/file.hpp"
#include "embedded/launch.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr int kOldestMajor = 13;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

bool is_program(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && access(file.c_str(), X_OK) == 0;
}

std::vector<fs::path> search_path() {
  std::vector<fs::path> directories;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? std::string_view() : std::string_view(variable);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (end > 0 && rest.front() == '/') directories.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return directories;
}

/// One look at a directory: the binaries there, or why they do not do.
struct Verdict {
  std::optional<ServerBinaries> binaries;
  std::string reason;
};

Verdict look_at(const fs::path& directory) {
  for (const char* name : {"postgres", "initdb"}) {
    std::error_code error;
    if (!fs::exists(directory / name, error)) return {{}, fmt::format("{} has no {}", directory.string(), name)};
    if (!is_program(directory / name)) return {{}, fmt::format("{}/{} cannot be run", directory.string(), name)};
  }
  const auto result = run_program(directory / "postgres", {"--version"}, user_of(geteuid()));
  if (result.exec_errno != 0) {
    return {{}, fmt::format("{}/postgres cannot be run ({})", directory.string(), std::strerror(result.exec_errno))};
  }
  auto binaries = parse_server_version(result.output);
  if (!result.succeeded() || binaries.major == 0) {
    return {{}, fmt::format("{}/postgres --version says \"{}\"", directory.string(), last_lines(result.output, 1))};
  }
  binaries.directory = directory;
  return {binaries, {}};
}

std::vector<fs::path> from_pg_config() {
  for (const auto& directory : search_path()) {
    if (!is_program(directory / "pg_config")) continue;
    const auto result = run_program(directory / "pg_config", {"--bindir"}, user_of(geteuid()));
    const auto line = last_lines(result.output, 1);
    if (result.succeeded() && line.starts_with('/')) return {line};
  }
  return {};
}

/// DIRECTORY/<prefix>*/bin
std::vector<fs::path> installed_under(const fs::path& directory, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix) && is_program(entry->path() / "bin" / "postgres")) {
      found.push_back(entry->path() / "bin");
    }
  }
  return found;
}

std::vector<fs::path> candidates() {
  auto installed = installed_under("/usr/lib/postgresql", "");
  for (auto& directory : installed_under("/usr", "pgsql-")) installed.push_back(std::move(directory));
  sort_newest_first(installed);
  auto all = from_pg_config();
  all.insert(all.end(), installed.begin(), installed.end());
  for (auto& directory : search_path()) {
    if (is_program(directory / "postgres")) all.push_back(std::move(directory));
  }
  return all;
}

std::string os_release() {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    std::error_code error;
    if (fs::exists(path, error)) return read_file(path);
  }
  return {};
}

[[noreturn]] void fail_preferred(const fs::path& preferred, const std::string& reason) {
  throw Error({.code = ErrorCode::server_missing,
               .message = fmt::format("no PostgreSQL server binaries in {}", preferred.string()),
               .detail = reason + ".",
               .hint = "Name the directory that holds postgres and initdb, such as /usr/lib/postgresql/17/bin."});
}

void refuse_old(const ServerBinaries& binaries) {
  if (binaries.major >= kOldestMajor) return;
  throw Error({.code = ErrorCode::server_unsupported,
               .message = fmt::format("PostgreSQL {} is older than {}", binaries.version, kOldestMajor),
               .detail = fmt::format("That is what {} holds.", binaries.directory.string()),
               .hint = fmt::format("Name the binaries of PostgreSQL {} or later.", kOldestMajor)});
}

ServerBinaries find_preferred(const fs::path& preferred) {
  std::error_code error;
  const auto directory = fs::absolute(preferred, error).lexically_normal();
  const bool is_prefix = !is_program(directory / "postgres") && is_program(directory / "bin" / "postgres");
  const auto verdict = look_at(is_prefix ? directory / "bin" : directory);
  if (!verdict.binaries) fail_preferred(preferred, verdict.reason);
  refuse_old(*verdict.binaries);
  return *verdict.binaries;
}

}  // namespace

ServerBinaries find_server_binaries(const fs::path& preferred) {
  if (!preferred.empty()) return find_preferred(preferred);
  std::string reasons;
  for (const auto& directory : candidates()) {
    auto verdict = look_at(directory);
    if (verdict.binaries && verdict.binaries->major >= kOldestMajor) return *verdict.binaries;
    if (verdict.binaries) verdict.reason = fmt::format("{} is {}", directory.string(), verdict.binaries->version);
    reasons += fmt::format(" {}.", verdict.reason);
  }
  throw Error({.code = ErrorCode::server_missing,
               .message = "no PostgreSQL server is installed",
               .detail = "Looked at pg_config, /usr/lib/postgresql, /usr/pgsql-* and PATH." + reasons,
               .hint = install_hint(os_release())});
}

ServerBinaries parse_server_version(std::string_view output) {
  constexpr std::string_view kProduct = "postgres (PostgreSQL) ";
  const auto at = output.find(kProduct);
  if (at == std::string_view::npos) return {};
  output.remove_prefix(at + kProduct.size());
  ServerBinaries result{.directory = {}, .version = std::string(output.substr(0, output.find('\n'))), .major = 0};
  for (const char character : output.substr(0, 4)) {
    if (!is_digit(character)) break;
    result.major = result.major * 10 + (character - '0');
  }
  return result;
}

void sort_newest_first(std::vector<fs::path>& directories) {
  const auto number = [](const fs::path& path) {
    const std::string text = path.string();
    const auto first = std::find_if(text.begin(), text.end(), is_digit);
    int value = 0;
    for (auto digit = first; digit != text.end() && is_digit(*digit) && value < 10000; ++digit) {
      value = value * 10 + (*digit - '0');
    }
    return value;
  };
  std::stable_sort(directories.begin(), directories.end(),
                   [&](const fs::path& a, const fs::path& b) { return number(a) > number(b); });
}

std::string install_hint(std::string_view os_release) {
  std::string families;  // ID first, then what it is like: the closest match names the package manager
  for (const std::string_view key : {"\nID=", "\nID_LIKE="}) {
    const std::string text = "\n" + std::string(os_release);
    const auto at = text.find(key);
    if (at == std::string::npos) continue;
    families += " " + text.substr(at + key.size(), text.find('\n', at + 1) - at - key.size());
  }
  const auto is_like = [&](std::string_view name) { return families.find(name) != std::string::npos; };
  constexpr std::string_view kOther = ", or name the binaries with --server-bin.";
  if (is_like("debian") || is_like("ubuntu")) return fmt::format("Run `apt-get install postgresql`{}", kOther);
  if (is_like("suse")) return fmt::format("Run `zypper install postgresql-server postgresql-contrib`{}", kOther);
  if (is_like("fedora") || is_like("rhel") || is_like("centos")) {
    return fmt::format("Run `dnf install postgresql-server postgresql-contrib`{}", kOther);
  }
  if (is_like("alpine")) return fmt::format("Run `apk add postgresql postgresql-contrib`{}", kOther);
  if (is_like("arch")) return fmt::format("Run `pacman -S postgresql`{}", kOther);
  return fmt::format("Install the PostgreSQL server package of your system, usually `postgresql`{}", kOther);
}

}  // namespace dbmigrate
