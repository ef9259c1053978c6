// fork, limits, exec; /proc tells how much memory it takes, since wait4() counts this process's own from the fork.
// SPDX-License-Identifier: Apache-2.0
#include "bounded_run.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace dbmigrate::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
constexpr long kTimesUnderSanitizers = 6;           // shadow memory, red zones, memory that is freed late
constexpr rlim_t kAddressSpace = rlim_t{8} << 30U;  // the parser's stack reserves more than it uses

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File temporary_file() {
  File file(std::tmpfile(), std::fclose);
  if (!file) throw std::runtime_error("no temporary file");
  return file;
}

std::string content_of(std::FILE* file) {
  std::string text;
  std::array<char, 65536> bytes{};
  for (off_t at = 0;;) {
    const auto size = pread(fileno(file), bytes.data(), bytes.size(), at);
    if (size <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(size));
    at += size;
  }
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

void limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

/// In kilobytes; 0 when it is gone.
long largest_resident_set(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  constexpr std::string_view kLabel = "VmHWM:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kLabel)) return std::strtol(line.c_str() + kLabel.size(), nullptr, 10);
  }
  return 0;
}

[[noreturn]] void become(char* const* arguments, char* const* variables, const char* folder, int out, int err) {
  setpgid(0, 0);
  limit(RLIMIT_CORE, 0);
  if (!kSanitized) limit(RLIMIT_AS, kAddressSpace);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (chdir(folder) != 0) _exit(126);
  execve(arguments[0], arguments, variables);
  _exit(127);
}

}  // namespace

bool BoundedOutcome::says(std::string_view part) const { return both().find(part) != std::string::npos; }

BoundedOutcome run_bounded(const std::string& program, std::vector<std::string> words, const Variables& variables,
                           const std::string& folder, const RunLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const auto out = temporary_file();
  const auto err = temporary_file();
  words.insert(words.begin(), program);
  std::vector<std::string> settings;
  for (const auto& [name, value] : variables) settings.push_back(name + "=" + value);
  const auto arguments = pointers(words);
  const auto environment = pointers(settings);
  const auto start = Clock::now();
  std::array<int, 2> started{};
  if (pipe2(started.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) become(arguments.data(), environment.data(), folder.c_str(), fileno(out.get()), fileno(err.get()));
  if (child < 0) throw std::runtime_error("cannot fork");

  // Closed by exec(): from then on the child is the program.
  close(started[1]);
  char nothing = 0;
  while (read(started[0], &nothing, 1) < 0 && errno == EINTR) {
  }
  close(started[0]);

  BoundedOutcome outcome;
  int status = 0;
  long peak = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    peak = std::max(peak, largest_resident_set(child));
    if (outcome.ended_by_itself && Clock::now() - start > limits.time * (kSanitized ? 4 : 1)) {
      outcome.ended_by_itself = false;
      kill(-child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.peak_mb = peak / 1024;
  outcome.within_memory = outcome.peak_mb <= limits.memory_mb * (kSanitized ? kTimesUnderSanitizers : 1);
  outcome.out = content_of(out.get());
  outcome.err = content_of(err.get());
  return outcome;
}

}  // namespace dbmigrate::tests
