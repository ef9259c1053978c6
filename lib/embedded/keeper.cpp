// System calls only.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/keeper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace dbmigrate {
namespace {

constexpr auto kImmediate = std::chrono::seconds(5);

void pause_for(long milliseconds) noexcept {
  const timespec time{.tv_sec = 0, .tv_nsec = milliseconds * 1'000'000};
  nanosleep(&time, nullptr);
}

/// The parent in /proc/PID/stat: the second word after the name, which may hold spaces and parentheses itself.
pid_t parent_of(int proc, const char* pid) noexcept {
  const int directory = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  const int file = openat(directory, "stat", O_RDONLY | O_CLOEXEC);
  close(directory);
  if (file < 0) return -1;
  std::array<char, 512> text{};
  const auto size = read(file, text.data(), text.size());
  close(file);
  long at = size - 1;
  while (at >= 0 && text[static_cast<std::size_t>(at)] != ')') --at;
  if (at < 0) return -1;
  pid_t parent = 0;
  for (at += 4; at < size; ++at) {  // past ") S "
    const char character = text[static_cast<std::size_t>(at)];
    if (character < '0' || character > '9') return parent;
    parent = parent * 10 + (character - '0');
  }
  return -1;
}

pid_t number_in(const char* name) noexcept {
  pid_t number = 0;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return 0;
    number = number * 10 + (*name - '0');
  }
  return number;
}

/// True when no child is left within `limit`. `server` becomes -1 when it was reaped: its number may be another's then.
bool wait_for_all_children(pid_t& server, std::chrono::milliseconds limit) noexcept {
  for (auto waited = std::chrono::milliseconds(0); waited <= limit; waited += std::chrono::milliseconds(2)) {
    int status = 0;
    if (reap(server, status)) server = -1;
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return true;
    pause_for(2);
  }
  return false;
}

/// Ends whatever is left of the children, at once.
void kill_children() noexcept {
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return;
  const pid_t self = getpid();
  alignas(dirent64) std::array<char, 4096> buffer;
  for (long size = 0; (size = syscall(SYS_getdents64, proc, buffer.data(), buffer.size())) > 0;) {
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const pid_t pid = number_in(entry->d_name);
      if (pid > 0 && parent_of(proc, entry->d_name) == self) kill(pid, SIGKILL);
    }
  }
  close(proc);
}

}  // namespace

void become_keeper(int null) noexcept {
  setsid();
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2}) {
    sigaction(number, &action, nullptr);
  }
  action.sa_handler = SIG_DFL;  // a parent that ignores SIGCHLD would have us never see a status
  sigaction(SIGCHLD, &action, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "dbmigrate-keep");
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, stream);
  if (chdir("/") != 0) return;  // it only keeps a directory busy that somebody may want to unmount
}

bool reap(pid_t server, int& status) noexcept {
  bool ended = false;
  int one = 0;
  for (pid_t child = 0; (child = waitpid(-1, &one, WNOHANG)) > 0;) {
    if (child != server) continue;
    ended = true;
    status = one;
  }
  return ended;
}

void end_server(pid_t server, int signal, std::chrono::milliseconds limit) noexcept {
  if (server > 0) kill(server, signal);
  if (wait_for_all_children(server, limit)) return;
  if (server > 0) kill(server, SIGQUIT);
  if (wait_for_all_children(server, kImmediate)) return;
  // Twice: the orphans of what is killed first become ours only then.
  for (int round = 0; round < 2; ++round) {
    kill_children();
    if (wait_for_all_children(server, std::chrono::seconds(1))) return;
  }
}

}  // namespace dbmigrate
