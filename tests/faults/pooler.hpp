// PgBouncer in front of the tests' server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "faults/server.hpp"

namespace dbmigrate::faults {

/// Where PgBouncer is installed; empty = nowhere.
std::string find_pgbouncer();

/// Transaction pooling, on a Unix socket in a folder below the server's.
class Pooler {
 public:
  Pooler(const Server& server, const std::string& program);
  ~Pooler();
  Pooler(const Pooler&) = delete;
  Pooler& operator=(const Pooler&) = delete;

  [[nodiscard]] std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

}  // namespace dbmigrate::faults
