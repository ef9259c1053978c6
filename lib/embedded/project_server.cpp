// Joining, leaving and the `embedded` command's four verbs.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/project_server.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "embedded/project_start.hpp"
#include "embedded/server_log.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr auto kMutexLimit = 2min;  // a first initdb on a busy machine, or a shutdown
constexpr auto kStopLimit = 90s;    // what a supervisor takes at most, and then some
constexpr auto kPause = 3ms;
constexpr int kLooksPerQuestion = 20;

void signal_supervisor(const ProjectHome& home, int number) {
  if (!is_supervised(home)) return;  // the number in the file would be somebody else's
  const std::string text = read_file(home.supervisor());
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid > 0) kill(pid, number);
}

/// With the mutex held: whether a process uses the server.
bool has_users(const ProjectHome& home) {
  const LockFile members(home.members(), home.user);
  return !members.try_lock(LockMode::exclusive);
}

/// Users that came after us, for whom the supervisor stays. Itself it needs the mutex to stop, so we hold it briefly.
bool was_joined(const ProjectHome& home) {
  const LockFile mutex(home.mutex(), home.user);
  return mutex.try_lock(LockMode::exclusive) && has_users(home);
}

/// Waits until the supervisor is gone; false when somebody joined meanwhile, or it took too long.
bool wait_until_stopped(const ProjectHome& home) {
  const auto deadline = std::chrono::steady_clock::now() + kStopLimit;
  for (int look = 1; is_supervised(home); ++look) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPause);
    if (look % kLooksPerQuestion == 0 && was_joined(home)) return false;
  }
  return true;
}

/// Leaves under the mutex, so that of two who leave at once one knows to be the last.
void leave(const ProjectHome& home, LockFile membership) {
  auto mutex = lock_exclusively(home.mutex(), home.user, kMutexLimit, Interrupts::are_ignored);
  membership.close();
  std::error_code error;
  const bool last = !fs::exists(home.keep(), error) && !has_users(home);
  mutex.close();
  if (!last) return;
  signal_supervisor(home, SIGHUP);
  wait_until_stopped(home);
}

void remember_to_stay(const ProjectHome& home) {
  const LockFile keep(home.keep(), home.user);  // being there is all it does
}

struct Attached {
  ProjectHome home;
  LockFile membership;
  fs::path sockets;
};

enum class Stay { while_used, until_stopped };

/// Nothing when the project's server was destroyed while we waited.
std::optional<LockFile> lock_home(const ProjectHome& home) {
  try {
    return lock_exclusively(home.mutex(), home.user, kMutexLimit, Interrupts::end_the_wait);
  } catch (const Error& error) {
    std::error_code ignored;
    if (error.code() != ErrorCode::file_unreadable || fs::exists(home.directory, ignored)) throw;
    return std::nullopt;
  }
}

Attached attach_to(const fs::path& project, const ServerBinaries& binaries, const Places& places, Stay stay) {
  while (true) {
    ProjectHome home = make_project_home(project, places);
    const auto mutex = lock_home(home);
    if (!mutex) continue;
    LockFile membership(home.members(), home.user);
    // Only holders of the mutex lock it exclusively, and the supervisor has let go before it frees the mutex.
    if (!membership.try_lock(LockMode::shared)) continue;
    prepare_data(home, binaries, places);
    auto sockets = ensure_running(home, binaries);
    if (stay == Stay::until_stopped) remember_to_stay(home);
    return {std::move(home), std::move(membership), std::move(sockets)};
  }
}

}  // namespace

ProjectServer::ProjectServer(ProjectHome home, LockFile membership, fs::path socket_directory)
    : home_(std::move(home)), membership_(std::move(membership)), socket_directory_(std::move(socket_directory)) {}

ProjectServer ProjectServer::attach(const fs::path& project, const ServerBinaries& binaries, const Places& places) {
  auto attached = attach_to(project, binaries, places, Stay::while_used);
  return {std::move(attached.home), std::move(attached.membership), std::move(attached.sockets)};
}

ProjectServer::~ProjectServer() {
  if (!membership_.is_open()) return;
  try {
    std::error_code error;
    if (!fs::exists(home_.directory, error)) return;  // removed meanwhile; the supervisor sees that too
    leave(home_, std::move(membership_));
  } catch (const std::exception& problem) {
    // The kernel lets go of our membership, so the supervisor stops the server without us.
    log::warn(fmt::format("left the embedded server without waiting for it: {}", problem.what()));
  }
}

std::string ProjectServer::url(std::string_view database) const { return socket_url(socket_directory_, database); }

ProjectServerStatus start_project_server(const fs::path& project, const ServerBinaries& binaries,
                                         const Places& places) {
  {
    const auto attached = attach_to(project, binaries, places, Stay::until_stopped);
    signal_supervisor(attached.home, SIGHUP);
  }
  return project_server_status(project, places);
}

StopResult stop_project_server(const fs::path& project, StopMode mode, const Places& places) {
  const auto home = find_project_home(project, places);
  if (!home) return StopResult::was_not_running;
  auto mutex = lock_exclusively(home->mutex(), home->user, kMutexLimit, Interrupts::end_the_wait);
  unlink(home->keep().c_str());
  if (!is_supervised(*home)) return StopResult::was_not_running;
  const bool used = has_users(*home);
  mutex.close();
  if (used && mode == StopMode::when_unused) return StopResult::still_used;
  signal_supervisor(*home, mode == StopMode::now ? SIGTERM : SIGHUP);
  const auto deadline = std::chrono::steady_clock::now() + kStopLimit;
  while (!wait_until_stopped(*home)) {
    if (mode == StopMode::when_unused) return StopResult::still_used;
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error({.code = ErrorCode::busy,
                   .message = "the embedded server does not stop",
                   .detail = fmt::format("Its data is in {}.", home->data().string()),
                   .hint = fmt::format("Look at {}.", home->log_file().string())});
    }
    throw_if_interrupted();
    std::this_thread::sleep_for(kPause);
  }
  return StopResult::stopped;
}

ProjectServerStatus project_server_status(const fs::path& project, const Places& places) {
  ProjectServerStatus status;
  const auto home = find_project_home(project, places);
  if (!home) return status;
  std::error_code error;
  status.exists = fs::exists(home->data() / "PG_VERSION", error);
  status.data_directory = home->data();
  status.size_on_disk = size_on_disk(home->directory);
  if (fs::exists(home->version(), error)) {
    status.version = read_file(home->version());
    status.version.resize(status.version.find_last_not_of('\n') + 1);
  }
  const auto process = read_process_file(home->data());
  status.running = is_supervised(*home) && process;
  status.stays = status.running && fs::exists(home->keep(), error);
  if (!status.running) return status;
  status.pid = process->pid;
  status.socket_directory = process->socket_directory;
  return status;
}

bool destroy_project_server(const fs::path& project, const Places& places) {
  const auto home = find_project_home(project, places);
  if (!home) return false;
  if (stop_project_server(project, StopMode::when_unused, places) != StopResult::still_used) {
    const auto mutex = lock_exclusively(home->mutex(), home->user, kMutexLimit, Interrupts::end_the_wait);
    if (!is_supervised(*home)) {
      remove_project_home(*home);
      return true;
    }
  }
  throw Error({.code = ErrorCode::busy,
               .message = "other processes use this project's embedded server",
               .detail = fmt::format("Its data is in {}.", home->data().string()),
               .hint = "Let them finish, or end them with `dbmigrate embedded stop --now`, and try again."});
}

}  // namespace dbmigrate
