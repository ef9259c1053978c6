// initdb takes half a second, copying its result a tenth of that.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/template_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>

#include "core/checksum.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "embedded/failure.hpp"
#include "embedded/file_lock.hpp"
#include "embedded/launch.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr auto kOtherBuilder = std::chrono::minutes(2);
constexpr std::time_t kUnusedFor = 30 * 24 * 60 * 60;  // seconds; then a template gives its space back

std::string initdb_hint(const ServerUser& user, const std::string& output) {
  if (output.find("could not look up effective user ID") != std::string::npos) {
    return fmt::format("Give user {} an entry in /etc/passwd, or run as root.", user.uid);
  }
  if (output.find("invalid locale") != std::string::npos) return "Install that locale, or use locale C.";
  return "Look at the message of initdb above.";
}

[[noreturn]] void fail_initdb(const ServerBinaries& binaries, const ServerUser& user, const ProgramResult& result) {
  if (result.exec_errno != 0) {
    throw Error({.code = ErrorCode::server_missing,
                 .message = fmt::format("user {} cannot run {}", user.name, (binaries.directory / "initdb").string()),
                 .detail = fmt::format("The system says: {}.", std::strerror(result.exec_errno)),
                 .hint = fmt::format("Let user {} enter that directory, or name other binaries with --server-bin.",
                                     user.name)});
  }
  const bool full = result.output.find(std::strerror(ENOSPC)) != std::string::npos;
  throw Error({.code = full ? ErrorCode::out_of_resources : ErrorCode::cannot_connect,
               .message = full ? "no space left for an embedded server" : "initdb could not make a cluster",
               .detail = last_lines(result.output, 8),
               .hint = full ? "Free some space, or point TMPDIR at a file system that has some."
                            : initdb_hint(user, result.output)});
}

void run_initdb(const ServerBinaries& binaries, const ClusterOptions& options, const ServerUser& user,
                const fs::path& data) {
  if (!options.icu_locale.empty() && binaries.major < 15) {
    throw Error({.code = ErrorCode::server_unsupported,
                 .message = fmt::format("PostgreSQL {} cannot make a cluster that ICU collates", binaries.major),
                 .detail = fmt::format("Locale {} was asked for.", options.icu_locale),
                 .hint = "Name the binaries of PostgreSQL 15 or later with --server-bin."});
  }
  auto arguments = initdb_arguments(options);
  arguments.insert(arguments.end(), {"-D", data.string()});
  const auto result = run_program(binaries.directory / "initdb", arguments, user);
  if (result.succeeded()) return;
  throw_if_interrupted();  // the terminal's Ctrl-C reached initdb as well
  fail_initdb(binaries, user, result);
}

bool is_usable_template(const fs::path& path, const ServerUser& user) {
  std::error_code error;
  return is_owned_directory(path, user.uid) && fs::is_regular_file(path / "PG_VERSION", error);
}

/// Every directory of the path that is missing; root's is open to the server's user, anybody else's to nobody.
bool prepare_cache(const fs::path& cache) {
  std::error_code error;
  if (!fs::exists(cache, error)) {
    fs::create_directories(cache.parent_path(), error);
    const mode_t mode = geteuid() == 0 ? 0755 : 0700;
    if (mkdir(cache.c_str(), mode) != 0 && errno != EEXIST) return false;
    if (geteuid() == 0) chmod(cache.c_str(), mode);  // whatever the umask
  }
  return is_owned_directory(cache, geteuid()) && access(cache.c_str(), W_OK | X_OK) == 0;
}

void remove_unused_templates(const fs::path& cache) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(cache, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    struct stat info {};
    if (!entry->path().filename().string().starts_with("cluster-")) continue;
    if (lstat(entry->path().c_str(), &info) != 0 || std::time(nullptr) - info.st_mtime < kUnusedFor) continue;
    remove_tree(entry->path().c_str());
  }
}

/// Under a lock, so that of several first runs one runs initdb and the others use its result.
ClusterOrigin make_template(const ServerBinaries& binaries, const ClusterOptions& options, const ServerUser& user,
                            const fs::path& place) {
  const ServerUser self = user_of(geteuid());
  const auto lock = lock_exclusively(place.string() + ".lock", self, kOtherBuilder, Interrupts::end_the_wait);
  if (is_usable_template(place, user)) return ClusterOrigin::cached_template;
  remove_tree(place.c_str());
  remove_unused_templates(place.parent_path());
  const fs::path part = place.string() + ".part";
  remove_tree(part.c_str());
  try {
    make_private_directory(part, user);
    run_initdb(binaries, options, user, part);
    if (rename(part.c_str(), place.c_str()) != 0) fail_by_system("cannot name the template", errno, "Try again.");
  } catch (...) {
    remove_tree(part.c_str());
    throw;
  }
  return ClusterOrigin::new_template;
}

/// Nothing when there can be no template; the caller makes the cluster without one then.
std::optional<ClusterOrigin> ensure_template(const ServerBinaries& binaries, const ClusterOptions& options,
                                             const ServerUser& user, const fs::path& place) {
  if (!prepare_cache(place.parent_path())) {
    log::debug(fmt::format("no cluster template is kept: {} is not usable", place.parent_path().string()));
    return std::nullopt;
  }
  if (is_usable_template(place, user)) {
    utimensat(AT_FDCWD, place.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // in use: not to be removed as unused
    return ClusterOrigin::cached_template;
  }
  try {
    return make_template(binaries, options, user, place);
  } catch (const Error& error) {
    throw_if_interrupted();
    log::debug(fmt::format("no cluster template is kept: {} ({})", error.what(), error.info().detail));
    return std::nullopt;
  }
}

bool copy_template(const fs::path& place, const fs::path& data, const ServerUser& user) {
  try {
    copy_tree(place, data, user);
    return true;
  } catch (const std::system_error& error) {
    const int reason = error.code().value();
    remove_tree(data.c_str());
    if (reason == ENOSPC || reason == EDQUOT) fail_by_system("no space left for an embedded server", reason, "");
    log::warn(fmt::format("the cluster template {} cannot be copied: {}", place.string(), error.what()));
    return false;
  }
}

}  // namespace

ClusterOrigin create_cluster(const ServerBinaries& binaries, const ClusterOptions& options, const ServerUser& user,
                             const fs::path& cache, const fs::path& data) {
  if (!cache.empty()) {
    const auto place = template_directory(binaries, options, user, cache);
    const auto origin = ensure_template(binaries, options, user, place);
    if (origin && copy_template(place, data, user)) return *origin;
  }
  make_private_directory(data, user);
  run_initdb(binaries, options, user, data);
  return ClusterOrigin::initdb;
}

fs::path template_directory(const ServerBinaries& binaries, const ClusterOptions& options, const ServerUser& user,
                            const fs::path& cache) {
  const auto key = Checksum::of(fmt::format("{}\n{}\n{}\n{}", binaries.version, binaries.directory.string(),
                                            fmt::join(initdb_arguments(options), "\n"), user.uid));
  return cache / fmt::format("cluster-{}-{}", binaries.major, key.hex().substr(0, 16));
}

std::vector<std::string> initdb_arguments(const ClusterOptions& options) {
  std::vector<std::string> arguments{"-U", "postgres",       "-A",       "trust",        "--no-sync",
                                     "-E", options.encoding, "--locale", options.locale, "--lc-messages",
                                     "C"};
  if (!options.icu_locale.empty()) {
    arguments.insert(arguments.end(), {"--locale-provider", "icu", "--icu-locale", options.icu_locale});
  }
  return arguments;
}

}  // namespace dbmigrate
