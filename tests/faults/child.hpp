// A program run beside us, with what it printed and how it ended.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace dbmigrate::faults {

/// Started by the constructor with both outputs kept; killed by the destructor where it still runs.
class Child {
 public:
  /// `environment`: variables to set beside this process's own; libpq's and dbmigrate's are left out of those.
  explicit Child(const std::vector<std::string>& command,
                 const std::vector<std::pair<std::string, std::string>>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable, at its end, once the child is gone.
  [[nodiscard]] int end_descriptor() const { return ended_; }
  /// True once it has ended; never waits.
  bool over();
  /// Waits for the end. The exit status; 128 + the signal when one killed it.
  int wait();
  void signal(int number) const;
  /// Everything it wrote so far.
  [[nodiscard]] std::string output() const;

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  int ended_ = -1;
  std::FILE* output_ = nullptr;
};

}  // namespace dbmigrate::faults
