// From whatever state the last run, a crash or a reboot left behind to a server that answers.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/project_start.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "embedded/database.hpp"
#include "embedded/failure.hpp"
#include "embedded/launch.hpp"
#include "embedded/private_directory.hpp"
#include "embedded/project_server.hpp"
#include "embedded/server_log.hpp"
#include "embedded/supervisor.hpp"
#include "embedded/template_cluster.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr auto kReadyLimit = std::chrono::minutes(10);  // recovery after a crash reads all log since a checkpoint
constexpr auto kOrphanLimit = std::chrono::minutes(1);
constexpr auto kSegmentLimit = std::chrono::seconds(10);
constexpr auto kPause = std::chrono::milliseconds(20);
constexpr std::uintmax_t kLargestLog = 10'000'000;

Moment in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
bool is_past(Moment moment) { return std::chrono::steady_clock::now() > moment; }

std::string first_word(const fs::path& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find_first_of(" \n"));
}

/// Data that the server would not find after a power cut is no data: all of it goes to the disk before it is named.
void flush_to_disk(const fs::path& directory) {
  const Descriptor handle(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || syncfs(handle.get()) != 0) {
    fail_by_system(fmt::format("cannot flush {} to disk", directory.string()), errno, "Look at the disk's health.");
  }
}

/// A postmaster of this data directory that no supervisor watches: it changes its directory to the data on start.
bool is_orphan(pid_t pid, const fs::path& data) {
  std::error_code error;
  const auto place = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  return !error && fs::equivalent(place, data, error) && !error;
}

/// An orphan is on its way down, since its supervisor's death told it to end. A number that means another process by
/// now would have the server refuse to start; of a dead one's leftovers the server itself knows best.
void clear_the_way(const ProjectHome& home, const fs::path& sockets) {
  const auto deadline = in(kOrphanLimit);
  auto process = read_process_file(home.data());
  while (process && is_orphan(process->pid, home.data())) {
    if (is_past(deadline)) {
      throw Error({.code = ErrorCode::busy,
                   .message = "another PostgreSQL runs on this project's data",
                   .detail = fmt::format("Process {} uses {}.", process->pid, home.data().string()),
                   .hint = "Stop that server; it was not started by dbmigrate, or does not end."});
    }
    throw_if_interrupted();
    std::this_thread::sleep_for(kPause);
    process = read_process_file(home.data());
  }
  if (process && (kill(process->pid, 0) == 0 || errno == EPERM)) unlink((home.data() / "postmaster.pid").c_str());
  for (const char* name : {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}) unlink((sockets / name).c_str());
}

std::vector<std::string> server_arguments(const ProjectHome& home, const fs::path& sockets) {
  std::vector<std::string> arguments{"-D", home.data().string()};
  // Whatever postgresql.conf says, this server is private; the rest of that file is the user's.
  for (const auto& setting :
       {std::string("listen_addresses="), std::string("port=5432"), "unix_socket_directories=" + sockets.string(),
        std::string("unix_socket_permissions=0700"), std::string("logging_collector=off"),
        std::string("log_destination=stderr")}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  return arguments;
}

void remember_version(const ProjectHome& home, const std::string& line) {
  std::error_code error;
  if (fs::exists(home.version(), error) && read_file(home.version()) == line) return;
  write_file(home.version(), line, Overwrite::yes);
}

std::uintmax_t log_size(const ProjectHome& home) {
  std::error_code error;
  const auto size = fs::file_size(home.log_file(), error);
  if (error) return 0;
  if (size < kLargestLog) return size;
  fs::rename(home.log_file(), home.log_file().string() + ".old", error);
  return error ? size : 0;
}

/// Waits for the server that `reports` is about. Nothing when it is to be tried again: PostgreSQL does not start while
/// a process of a killed predecessor still has its shared memory, and those notice within moments.
std::optional<fs::path> wait_for_start(const ProjectHome& home, const std::string& program, const Descriptor& reports,
                                       const fs::path& sockets, std::uintmax_t log_offset) {
  pid_t pid = -1;
  for (const auto deadline = in(kReadyLimit); !is_past(deadline);) {
    pollfd wait{reports.get(), POLLIN, 0};
    if (poll(&wait, 1, 2) > 0) {
      KeeperReport report{.stage = KeeperReport::Stage::exited, .value = 0};
      const auto size = read(reports.get(), &report, sizeof report);
      if (size != static_cast<ssize_t>(sizeof report) || report.stage != KeeperReport::Stage::started) {
        Error failure = start_failure(report, program, home.user, home.log_file(), log_offset);
        if (failure.info().detail.find("pre-existing shared memory block") == std::string::npos) throw failure;
        return std::nullopt;
      }
      pid = report.value;
    }
    const auto process = read_process_file(home.data());
    if (pid > 0 && process && process->ready && process->pid == pid) return sockets;
    throw_if_interrupted();
  }
  throw Error({.code = ErrorCode::cannot_connect,
               .message = "the embedded server is still recovering",
               .detail = fmt::format("It has not been ready for {} minutes.", kReadyLimit.count()),
               .hint = fmt::format("Look at {}.", home.log_file().string())});
}

std::optional<fs::path> try_to_start(const ProjectHome& home, const ServerBinaries& binaries, LockFile running) {
  fs::path sockets = home.directory;
  std::optional<PrivateDirectory> elsewhere;
  if (!can_hold_socket(sockets)) {
    remove_stale_directories("/tmp", home.user);
    elsewhere.emplace("/tmp", home.user);
    sockets = elsewhere->path();
  }
  clear_the_way(home, sockets);
  const auto log_offset = log_size(home);
  remember_version(home, binaries.version + "\n");
  ServerUser unchanged = home.user;  // the supervisor has become that user already
  unchanged.switches = false;
  const Launch launch(binaries.directory / "postgres", server_arguments(home, sockets), unchanged, SIGINT);
  const auto reports = start_supervisor(home, launch, std::move(running), std::move(elsewhere));
  return wait_for_start(home, launch.program(), reports, sockets, log_offset);
}

/// The socket of a server that a supervisor keeps; empty when that supervisor is gone.
fs::path join(const ProjectHome& home) {
  std::string problem;
  for (const auto deadline = in(kReadyLimit); !is_past(deadline);) {
    if (!is_supervised(home)) return {};
    const auto process = read_process_file(home.data());
    if (process && process->ready) {
      problem = ensure_database(process->socket_directory, kProjectDatabase);
      if (problem.empty()) return process->socket_directory;
    }
    throw_if_interrupted();
    std::this_thread::sleep_for(kPause);
  }
  throw Error({.code = ErrorCode::cannot_connect,
               .message = "the embedded server runs and does not answer",
               .detail = problem.empty() ? "It never became ready." : problem,
               .hint = "Run `dbmigrate embedded stop`, and look at " + home.log_file().string() + "."});
}

fs::path start(const ProjectHome& home, const ServerBinaries& binaries, LockFile running) {
  for (const auto deadline = in(kSegmentLimit);;) {
    if (const auto sockets = try_to_start(home, binaries, std::move(running))) {
      const auto problem = ensure_database(*sockets, kProjectDatabase);
      if (problem.empty()) return *sockets;
      throw Error({.code = ErrorCode::cannot_connect,
                   .message = fmt::format("cannot create database {} on the embedded server", kProjectDatabase),
                   .detail = problem,
                   .hint = fmt::format("Look at {}.", home.log_file().string())});
    }
    if (is_past(deadline)) {
      throw Error({.code = ErrorCode::busy,
                   .message = "processes of a killed embedded server still run",
                   .detail = fmt::format("They use {}.", home.data().string()),
                   .hint = "End them, or wait until they have finished their statements."});
    }
    std::this_thread::sleep_for(kPause);
    running = lock_exclusively(home.supervisor(), home.user, kSegmentLimit, Interrupts::end_the_wait);
  }
}

}  // namespace

bool is_supervised(const ProjectHome& home) {
  std::error_code error;
  if (!fs::exists(home.supervisor(), error)) return false;
  const LockFile supervisor(home.supervisor(), home.user);
  return !supervisor.try_lock(LockMode::shared);
}

void prepare_data(const ProjectHome& home, const ServerBinaries& binaries, const Places& places) {
  std::error_code error;
  if (fs::exists(home.data() / "PG_VERSION", error)) {
    const std::string major = first_word(home.data() / "PG_VERSION");
    if (major == fmt::format("{}", binaries.major)) return;
    throw Error({.code = ErrorCode::server_missing,
                 .message = fmt::format("this project's data is of PostgreSQL {}, and the server found is {}", major,
                                        binaries.version),
                 .detail = fmt::format("The data is in {}, the server in {}.", home.data().string(),
                                       binaries.directory.string()),
                 .hint = fmt::format("Name the binaries of PostgreSQL {} with --server-bin, or start anew after "
                                     "`dbmigrate embedded destroy`.",
                                     major)});
  }
  const fs::path part = home.data().string() + ".part";
  if (!remove_tree(part.c_str())) {
    fail_by_system(fmt::format("cannot remove {}", part.string()), errno, "Look at its owner.");
  }
  create_cluster(binaries, {}, home.user, places.cache, part);
  flush_to_disk(part);
  if (rename(part.c_str(), home.data().c_str()) != 0) {
    fail_by_system(fmt::format("cannot create {}", home.data().string()), errno, "Remove what stands there.");
  }
  flush_to_disk(home.directory);
}

fs::path ensure_running(const ProjectHome& home, const ServerBinaries& binaries) {
  while (true) {
    LockFile running(home.supervisor(), home.user);
    if (running.try_lock(LockMode::exclusive)) return start(home, binaries, std::move(running));
    running.close();
    if (auto sockets = join(home); !sockets.empty()) return sockets;
  }
}

}  // namespace dbmigrate
