// fork, a pipe that nobody writes to, and system calls.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "embedded/failure.hpp"
#include "embedded/keeper.hpp"
#include "embedded/server_log.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace {

constexpr auto kImmediate = std::chrono::seconds(5);
constexpr std::size_t kMostDirectories = 2;

/// Everything the guard needs, made before the fork.
struct Watch {
  const Launch* server;
  int life;
  int report;
  int null;
  int log;
  std::array<const char*, kMostDirectories> directories{};
  std::vector<int> open_files;  ///< sorted
};

/// Returns when the owner is gone.
void wait_for_owner(const Watch& watch, pid_t& server) noexcept {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int deaths = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  while (true) {
    std::array<pollfd, 2> waits{{{watch.life, POLLIN, 0}, {deaths, POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    if (waits[1].revents == 0) continue;
    signalfd_siginfo news{};
    while (read(deaths, &news, sizeof news) > 0) {
    }
    int status = 0;
    if (!reap(server, status)) continue;
    server = -1;
    write_report(watch.report, {.stage = KeeperReport::Stage::exited, .value = status});
  }
}

[[noreturn]] void guard(const Watch& watch) noexcept {
  become_keeper(watch.null);
  close_all_but(watch.open_files);
  pid_t server = watch.server->start(watch.null, watch.log, watch.report);
  if (server > 0)
    write_report(watch.report, {.stage = KeeperReport::Stage::started, .value = server});
  else
    write_report(watch.report, {.stage = KeeperReport::Stage::execute, .value = errno});
  wait_for_owner(watch, server);
  end_server(server, SIGQUIT, kImmediate);
  for (const char* directory : watch.directories) {
    if (directory != nullptr) remove_tree(directory);
  }
  _exit(0);
}

}  // namespace

Guard::Guard(const Launch& server, const std::filesystem::path& log_file,
             const std::vector<const PrivateDirectory*>& directories) {
  std::array<int, 2> life{};
  std::array<int, 2> report{};
  if (pipe2(life.data(), O_CLOEXEC) != 0) fail_by_system("cannot create a pipe", errno, "");
  const Descriptor life_end(life[0]);
  life_ = Descriptor(life[1]);
  if (pipe2(report.data(), O_CLOEXEC) != 0) fail_by_system("cannot create a pipe", errno, "");
  const Descriptor report_end(report[1]);
  reports_ = Descriptor(report[0]);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!null || !log) fail_by_system("cannot write " + log_file.string(), errno, "Look at its directory.");
  Watch watch{.server = &server,
              .life = life_end.get(),
              .report = report_end.get(),
              .null = null.get(),
              .log = log.get(),
              .directories = {},
              .open_files = {0, 1, 2}};
  watch.open_files.insert(watch.open_files.end(), {watch.life, watch.report, watch.null, watch.log});
  for (std::size_t at = 0; at < std::min(directories.size(), kMostDirectories); ++at) {
    watch.directories[at] = directories[at]->path().c_str();
    watch.open_files.push_back(directories[at]->lock_descriptor());
  }
  std::sort(watch.open_files.begin(), watch.open_files.end());
  watch.open_files.erase(std::unique(watch.open_files.begin(), watch.open_files.end()), watch.open_files.end());
  pid_ = fork();
  if (pid_ == 0) guard(watch);
  if (pid_ < 0) fail_by_system("cannot start the guard of an embedded server", errno, "");
}

bool Guard::end() {
  life_.reset();
  if (pid_ <= 0) return true;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool Guard::next_report(KeeperReport& report, int limit_ms) const {
  pollfd wait{reports_.get(), POLLIN, 0};
  if (poll(&wait, 1, limit_ms) <= 0) return false;
  return read(reports_.get(), &report, sizeof report) == static_cast<ssize_t>(sizeof report);
}

}  // namespace dbmigrate
