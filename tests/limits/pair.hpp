// A primary and its streaming standby.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "faults/server.hpp"

namespace dbmigrate::limits {

/// Asynchronous, both on sockets of their own, with the database `limits` that has the table `effects.effects`.
class Pair {
 public:
  explicit Pair(const faults::Server::Settings& settings = {});

  [[nodiscard]] faults::Server& primary() { return *primary_; }
  [[nodiscard]] faults::Server& standby() { return *standby_; }

  /// Waits until the standby has replayed what the primary has written by now.
  void catch_up();
  /// From now on what the primary commits does not get to the standby.
  void hold_back();
  /// The primary is gone at once, and the standby takes over.
  void fail_over();

 private:
  std::unique_ptr<faults::Server> primary_;
  std::unique_ptr<faults::Server> standby_;
  int held_back_ = 0;  ///< the process that is to send to the standby; 0 = it sends
};

}  // namespace dbmigrate::limits
