// Directories, child processes and queries for the tests of embedded servers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "embedded/places.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate::testing {

/// A new directory below /tmp, open to every user, removed at the end.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A new directory in it, again open to every user.
  [[nodiscard]] std::filesystem::path make(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

/// What DBMIGRATE_PG_BIN names, else what is installed.
const ServerBinaries& binaries();

/// The standard cache, and everything else below `scratch`.
Places places_in(const Scratch& scratch);

/// The first column of the first row, empty where there is none. Throws std::runtime_error with what the server says.
std::string query(const std::string& url, const std::string& sql);

/// True as soon as `condition` holds, false after a minute.
bool eventually(const std::function<bool()>& condition);

bool is_alive(pid_t pid);

/// How many entries a directory has whose names start like this.
int count_entries(const std::filesystem::path& directory, const std::string& prefix);

/// What the body of a Child has to say and when it may leave its scopes.
class Stage {
 public:
  Stage(int output, int life) : output_(output), life_(life) {}
  /// Tells the test one line.
  void tell(const std::string& line) const;
  /// Returns when the test lets the child go on.
  void wait() const;

 private:
  int output_;
  int life_;
};

/// A process with a server of its own. What its body throws is told as a line that starts with "failed: ".
class Child {
 public:
  enum class User { same, nobody };
  explicit Child(const std::function<void(const Stage&)>& body, User user = User::same);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  std::string next_line();  ///< waits for it; empty when the child ended
  void end_by(int signal);  ///< returns when it has ended
  void let_go();            ///< its wait() returns; returns when it has ended

 private:
  void reap();

  pid_t pid_ = -1;
  int life_ = -1;
  int lines_ = -1;
};

}  // namespace dbmigrate::testing
