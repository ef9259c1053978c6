// A fresh folder in which a story's commands run, with an environment that holds nothing of the caller's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "transcripts/transcript.hpp"

namespace dbmigrate {

struct CommandResult {
  std::string output;  ///< stdout and stderr in the order in which they were written
  int status = 0;      ///< 128 + signal when one ended the shell
};

/// What a story is played with.
struct Stage {
  std::filesystem::path program;  ///< the dbmigrate that the commands mean
  std::filesystem::path project;  ///< this project's folder, `$PROJECT` to the commands
};

/// Removed with everything in it when the object goes; what the commands left running in the background ends then.
class Sandbox {
 public:
  /// `url` is the database that dbmigrate and `psql` get.
  Sandbox(const Stage& stage, const std::string& url);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  void write(const TranscriptFile& file) const;

  /// Runs it with `sh -c` in the story's folder. Throws std::runtime_error after five minutes.
  [[nodiscard]] CommandResult run(const std::string& command);

 private:
  void write_psql(const std::string& url) const;

  std::filesystem::path root_;
  std::vector<std::string> environment_;
  std::vector<pid_t> groups_;  // of processes, one a command
};

}  // namespace dbmigrate
