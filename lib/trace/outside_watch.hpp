// Locks of a command that commits by itself, seen from other sessions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trace/observation.hpp"

namespace dbmigrate {

/// On a table without rows such a command is over in milliseconds. So two sessions stand in its way for a moment, one
/// after the other: the first holds what a schema change takes, so that the command is seen asking; the second writes,
/// so that it is seen waiting for transactions to end.
class OutsideWatch {
 public:
  /// `pid` is the server process that will run the command on the database `url`.
  OutsideWatch(const std::string& url, int pid, const Observation& before);

  /// Runs `command` in a thread of its own and returns the locks that its server process was seen with, asked for or
  /// held. Throws what the command throws.
  std::vector<ObservedLock> while_running(const std::function<void()>& command);

 private:
  void lock_tables(Session& session, const std::string& mode) const;
  enum class Seen { waiting, running };
  Seen look();

  std::unique_ptr<Session> reader_;
  std::unique_ptr<Session> changer_;
  std::unique_ptr<Session> writer_;
  int pid_;
  std::string tables_;  ///< a list for LOCK TABLE; empty = there is none
  std::vector<ObservedLock> locks_;
};

}  // namespace dbmigrate
