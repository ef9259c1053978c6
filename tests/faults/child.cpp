// fork, exec, and a pipe whose end tells of the end.
// SPDX-License-Identifier: Apache-2.0
#include "faults/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

extern char** environ;

namespace dbmigrate::faults {
namespace {

std::vector<std::string> variables_with(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!text.starts_with("PG") && !text.starts_with("DBMIGRATE_") && !text.starts_with("DATABASE_URL=")) {
      variables.emplace_back(text);
    }
  }
  for (const auto& [name, value] : more) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Child::Child(const std::vector<std::string>& command,
             const std::vector<std::pair<std::string, std::string>>& environment)
    : output_(std::tmpfile()) {
  std::array<int, 2> pipe_ends{};
  if (output_ == nullptr || pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no file for a child");
  auto words = command;
  auto variables = variables_with(environment);
  auto arguments = pointers(words);
  auto settings = pointers(variables);
  pid_ = fork();
  if (pid_ == 0) {
    fcntl(pipe_ends[1], F_SETFD, 0);  // held open by the child until it ends
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    dup2(fileno(output_), STDOUT_FILENO);
    dup2(fileno(output_), STDERR_FILENO);
    execvpe(arguments[0], arguments.data(), settings.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  ended_ = pipe_ends[0];
  if (pid_ < 0) throw std::runtime_error("cannot start " + command.front());
}

Child::~Child() {
  if (!over()) {
    signal(SIGKILL);
    wait();
  }
  close(ended_);
  std::fclose(output_);
}

bool Child::over() {
  if (status_ >= 0) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

int Child::wait() {
  int status = 0;
  while (status_ < 0) {
    const pid_t ended = waitpid(pid_, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

void Child::signal(int number) const {
  if (status_ < 0) kill(pid_, number);
}

std::string Child::output() const {
  std::string text;
  std::array<char, 4096> bytes{};
  off_t at = 0;
  while (true) {
    const auto size = pread(fileno(output_), bytes.data(), bytes.size(), at);
    if (size <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(size));
    at += size;
  }
}

}  // namespace dbmigrate::faults
