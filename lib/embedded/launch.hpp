// Starting a server program from a child process: everything is made ready before the fork.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "embedded/server_user.hpp"

namespace dbmigrate {

/// A program with its arguments and environment, as execve wants them. The environment is this process's own without
/// PG*, locale and TZ, and with LC_ALL=C: a server must not depend on the shell that it was started from.
class Launch {
 public:
  /// `death_signal`: what the program gets when the process that forked it dies.
  Launch(const std::filesystem::path& program, std::vector<std::string> arguments, const ServerUser& user,
         int death_signal);
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  [[nodiscard]] const std::string& program() const { return text_.front(); }
  [[nodiscard]] const ServerUser& user() const { return user_; }

  /// Forks and executes with standard input empty, both outputs in `output` and no other file open; umask 077,
  /// directory `/`. Async-signal-safe. Failures to get that far arrive in `report` (see KeeperReport). -1 with errno when
  /// there can be no child. `report` must be close-on-exec; -1 = nobody listens.
  [[nodiscard]] pid_t start(int null, int output, int report) const noexcept;

 private:
  std::vector<std::string> text_;
  std::vector<std::string> environment_;
  std::vector<char*> arguments_;
  std::vector<char*> variables_;
  ServerUser user_;
  int death_signal_;
};

/// What a keeper tells the process that asked for a server. Written whole: it is shorter than PIPE_BUF.
struct KeeperReport {
  enum class Stage : int {
    started,      ///< value: the process id
    switch_user,  ///< value: errno; the child could not become the server's user
    execute,      ///< value: errno; the child could not execute the program
    exited,       ///< value: the wait status
  };
  Stage stage = Stage::started;
  int value = 0;
};

void write_report(int descriptor, KeeperReport report) noexcept;

/// Closes every open file but these; async-signal-safe. `keep` is in rising order, without repetition.
void close_all_but(std::span<const int> keep) noexcept;

struct ProgramResult {
  int status = 0;      ///< of waitpid
  int exec_errno = 0;  ///< not 0 when the program could not be started at all
  std::string output;  ///< both streams

  [[nodiscard]] bool succeeded() const;
};

/// Runs a program to its end. Throws Error{out_of_resources} when there can be no child.
ProgramResult run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ServerUser& user);

/// The last lines of a text, at most `count`.
std::string last_lines(std::string_view text, std::size_t count);

}  // namespace dbmigrate
