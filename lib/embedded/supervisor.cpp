// Forked twice, so that it is init's child; everything it needs is opened before that.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "embedded/failure.hpp"
#include "embedded/keeper.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace {

constexpr auto kFastShutdown = std::chrono::minutes(1);
constexpr long kWhileKept = 1000;  // milliseconds between two looks
constexpr long kWhileUsed = 100;
constexpr long kWhileBusy = 5;  // somebody joins or leaves

/// Plain numbers and pointers: after the fork nothing allocates.
struct Watch {
  const Launch* server;
  const ServerUser* user;
  const char* keep;
  const char* sockets;  ///< a private directory of the socket, or null
  int running;          ///< locked, shared with the starter until it closes its own
  int mutex;            ///< descriptions of our own: the starter's locks are not ours
  int members;
  int report;
  int null;
  int log;
  std::vector<int> open_files;  ///< sorted
};

enum class Verdict { stays, busy, ends };

/// With Verdict::ends the mutex is held.
Verdict look(const Watch& watch, bool told_to_stop) noexcept {
  struct stat info {};
  const bool removed = fstat(watch.mutex, &info) == 0 && info.st_nlink == 0;  // the project is gone
  const bool must_end = told_to_stop || removed;
  if (!must_end && access(watch.keep, F_OK) == 0) return Verdict::stays;
  if (flock(watch.mutex, LOCK_EX | LOCK_NB) != 0) return Verdict::busy;
  if (must_end) return Verdict::ends;
  if (access(watch.keep, F_OK) != 0 && flock(watch.members, LOCK_EX | LOCK_NB) == 0) {
    flock(watch.members, LOCK_UN);  // the mutex keeps others out from here on
    return Verdict::ends;
  }
  flock(watch.mutex, LOCK_UN);
  return Verdict::stays;
}

/// Waits for a signal, at most this long; 0 when none came.
int next_signal(const sigset_t& awaited, long milliseconds) noexcept {
  const timespec time{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  const int number = sigtimedwait(&awaited, nullptr, &time);
  return number > 0 ? number : 0;
}

/// Returns when the server is to be stopped, or has ended by itself; then `server` is -1.
void watch_over(const Watch& watch, const sigset_t& awaited, pid_t& server) noexcept {
  bool told_to_stop = false;
  auto verdict = Verdict::stays;
  while (true) {
    const bool kept = access(watch.keep, F_OK) == 0;
    const long pause = verdict == Verdict::busy ? kWhileBusy : kept ? kWhileKept : kWhileUsed;
    const int number = next_signal(awaited, pause);
    int status = 0;
    if (reap(server, status)) {
      server = -1;
      write_report(watch.report, {.stage = KeeperReport::Stage::exited, .value = status});
      return;
    }
    told_to_stop = told_to_stop || number == SIGTERM;
    verdict = look(watch, told_to_stop);
    if (verdict == Verdict::ends) return;
  }
}

void write_process_id(int file) noexcept {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size() - 1, getpid()).ptr;
  *end = '\n';
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), static_cast<std::size_t>(end + 1 - text.data()), 0) < 0) {
    return;  // a full disk: the server cannot start on it either, and says so
  }
}

[[noreturn]] void supervise(const Watch& watch) noexcept {
  become_keeper(watch.null);
  close_all_but(watch.open_files);
  sigset_t awaited;
  sigemptyset(&awaited);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (const int number : {SIGCHLD, SIGTERM, SIGHUP}) {
    sigaddset(&awaited, number);
    sigaction(number, &plain, nullptr);
  }
  sigprocmask(SIG_SETMASK, &awaited, nullptr);
  write_process_id(watch.running);
  if (watch.user->switches && !become_user(watch.user->uid, watch.user->gid)) {
    write_report(watch.report, {.stage = KeeperReport::Stage::switch_user, .value = errno});
    _exit(0);
  }
  pid_t server = watch.server->start(watch.null, watch.log, watch.report);
  if (server > 0)
    write_report(watch.report, {.stage = KeeperReport::Stage::started, .value = server});
  else
    write_report(watch.report, {.stage = KeeperReport::Stage::execute, .value = errno});
  if (server > 0) watch_over(watch, awaited, server);
  end_server(server, SIGINT, kFastShutdown);
  if (watch.sockets != nullptr) remove_tree(watch.sockets);
  _exit(0);  // lets go of all locks
}

/// The first child ends at once and is waited for here; the second is nobody's but init's.
void fork_supervisor(const Watch& watch) {
  const pid_t child = fork();
  if (child == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);  // a Ctrl-C between here and its own session is the tool's
    const pid_t supervisor = fork();
    if (supervisor == 0) supervise(watch);
    _exit(supervisor > 0 ? 0 : 1);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  fail_by_system("cannot start the supervisor of an embedded server", EAGAIN, "");
}

}  // namespace

Descriptor start_supervisor(const ProjectHome& home, const Launch& server, LockFile running,
                            std::optional<PrivateDirectory> sockets) {
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) fail_by_system("cannot create a pipe", errno, "");
  Descriptor reports(report[0]);
  const Descriptor report_end(report[1]);
  const LockFile mutex(home.mutex(), home.user);
  const LockFile members(home.members(), home.user);
  const LockFile log(home.log_file(), home.user);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null || fcntl(log.descriptor(), F_SETFL, O_APPEND) != 0) fail_by_system("cannot open /dev/null", errno, "");
  const std::string keep = home.keep().string();
  Watch watch{.server = &server,
              .user = &home.user,
              .keep = keep.c_str(),
              .sockets = sockets ? sockets->path().c_str() : nullptr,
              .running = running.descriptor(),
              .mutex = mutex.descriptor(),
              .members = members.descriptor(),
              .report = report_end.get(),
              .null = null.get(),
              .log = log.descriptor(),
              .open_files = {0, 1, 2}};
  watch.open_files.insert(watch.open_files.end(),
                          {watch.running, watch.mutex, watch.members, watch.report, watch.null, watch.log});
  if (sockets) watch.open_files.push_back(sockets->lock_descriptor());
  std::sort(watch.open_files.begin(), watch.open_files.end());
  watch.open_files.erase(std::unique(watch.open_files.begin(), watch.open_files.end()), watch.open_files.end());
  fork_supervisor(watch);
  if (sockets) sockets->release();
  return reports;
}

}  // namespace dbmigrate
