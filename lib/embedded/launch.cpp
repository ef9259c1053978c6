// Between fork and exec only system calls happen: another thread may hold any lock of the library.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/launch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <iterator>
#include <utility>

#include "embedded/descriptor.hpp"
#include "embedded/failure.hpp"

namespace dbmigrate {
namespace {

constexpr int kFirstHigh = 64;  // above what the standard streams and a keeper's files use

bool depends_on_the_shell(std::string_view variable) {
  return variable.starts_with("PG") || variable.starts_with("LC_") || variable.starts_with("LANG") ||
         variable.starts_with("TZ=");
}

std::vector<std::string> server_environment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!depends_on_the_shell(*entry)) variables.emplace_back(*entry);
  }
  variables.emplace_back("LC_ALL=C");
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void default_signals() noexcept {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void give_up(int report, KeeperReport::Stage stage) noexcept {
  write_report(report, {.stage = stage, .value = errno});
  _exit(127);
}

int parse_number(const char* text) noexcept {
  int number = 0;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return -1;
    number = number * 10 + (*text - '0');
  }
  return number;
}

/// For kernels without close_range: what /proc lists, until a pass finds nothing.
void close_listed(unsigned first, unsigned last) noexcept {
  const int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  alignas(dirent64) std::array<char, 4096> buffer;
  for (bool found = true; found;) {
    found = false;
    lseek(directory, 0, SEEK_SET);
    for (long size = 0; (size = syscall(SYS_getdents64, directory, buffer.data(), buffer.size())) > 0;) {
      for (long at = 0; at < size;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        at += entry->d_reclen;
        const int number = parse_number(entry->d_name);
        if (number < 0 || number == directory) continue;
        if (static_cast<unsigned>(number) < first || static_cast<unsigned>(number) > last) continue;
        found = close(number) == 0 || found;
      }
    }
  }
  close(directory);
}

void close_between(unsigned first, unsigned last) noexcept {
  if (first > last || syscall(SYS_close_range, first, last, 0U) == 0) return;
  close_listed(first, last);
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    fail_by_system("cannot create a pipe", errno, "Close what is open elsewhere.");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace

Launch::Launch(const std::filesystem::path& program, std::vector<std::string> arguments, const ServerUser& user,
               int death_signal)
    : environment_(server_environment()), user_(user), death_signal_(death_signal) {
  text_.push_back(program.string());
  std::move(arguments.begin(), arguments.end(), std::back_inserter(text_));
  arguments_ = pointers(text_);
  variables_ = pointers(environment_);
}

pid_t Launch::start(int null, int output, int report) const noexcept {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  default_signals();
  if (user_.switches && !become_user(user_.uid, user_.gid)) give_up(report, KeeperReport::Stage::switch_user);
  prctl(PR_SET_PDEATHSIG, death_signal_);  // after the change of user, which clears it
  if (getppid() != parent) _exit(125);     // it died in between, and nothing would tell us any more
  umask(077);
  if (chdir("/") != 0) give_up(report, KeeperReport::Stage::execute);
  // Out of the way first: any of them may be a number below 3.
  const int input_copy = fcntl(null, F_DUPFD, kFirstHigh);
  const int output_copy = fcntl(output, F_DUPFD, kFirstHigh);
  const int report_copy = report < 0 ? -1 : fcntl(report, F_DUPFD_CLOEXEC, kFirstHigh);
  dup2(input_copy, STDIN_FILENO);
  dup2(output_copy, STDOUT_FILENO);
  dup2(output_copy, STDERR_FILENO);
  const std::array<int, 4> keep{0, 1, 2, report_copy};
  close_all_but(std::span(keep).first(report_copy < 0 ? 3 : 4));
  execve(arguments_[0], arguments_.data(), variables_.data());
  give_up(report_copy, KeeperReport::Stage::execute);
}

void write_report(int descriptor, KeeperReport report) noexcept {
  if (descriptor < 0) return;
  [[maybe_unused]] const auto written = write(descriptor, &report, sizeof report);  // nobody may be reading
}

void close_all_but(std::span<const int> keep) noexcept {
  unsigned next = 0;
  for (const int number : keep) {
    const auto kept = static_cast<unsigned>(number);
    if (kept > next) close_between(next, kept - 1);
    next = kept + 1;
  }
  close_between(next, UINT_MAX);
}

bool ProgramResult::succeeded() const { return exec_errno == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0; }

ProgramResult run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ServerUser& user) {
  const Launch launch(program, arguments, user, SIGKILL);
  Pipe output = make_pipe();
  Pipe report = make_pipe();
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const pid_t child = launch.start(null.get(), output.write_end.get(), report.write_end.get());
  if (child < 0) fail_by_system("cannot start " + program.string(), errno, "Try again.");
  output.write_end.reset();
  report.write_end.reset();
  ProgramResult result;
  result.output = read_to_end(output.read_end.get());
  while (waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
  }
  KeeperReport failure;
  if (read(report.read_end.get(), &failure, sizeof failure) == sizeof failure) result.exec_errno = failure.value;
  return result;
}

std::string last_lines(std::string_view text, std::size_t count) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (count == 0) return {};
  std::size_t at = text.size();
  for (; count > 0; --count) {
    at = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    if (at == std::string_view::npos) return std::string(text);
  }
  return std::string(text.substr(at + 1));
}

}  // namespace dbmigrate
