// A place for questions of which nothing remains.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "postgres/session.hpp"

namespace dbmigrate {

/// A read-only transaction from construction to end(), or a savepoint in the one that is open already. Settings that
/// were made local to it go with it.
class Reading {
 public:
  explicit Reading(Session& session);
  /// Ends it where an error leaves early.
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  void end();

 private:
  Session& session_;
  bool nested_;
  bool ended_ = false;
};

}  // namespace dbmigrate
