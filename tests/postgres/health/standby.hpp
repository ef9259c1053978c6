// A primary and its streaming standby.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "faults/server.hpp"

namespace dbmigrate::tests {

class Standby {
 public:
  Standby();
  ~Standby();
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;

  [[nodiscard]] faults::Server& primary() { return primary_; }
  /// Copies the primary's files while it stands still, starts both, and returns when the standby answers.
  void start_standby();
  [[nodiscard]] std::string standby_url(std::string_view database) const;

 private:
  faults::Server primary_;
  pid_t pid_ = -1;
};

}  // namespace dbmigrate::tests
