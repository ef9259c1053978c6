// Whether a backfill should stand still for now.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "descriptor/migration.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// What `pause_when` of a backfill asks for. Looks at the world between batches only.
class PauseConditions {
 public:
  /// `session` and `backfill` outlive it.
  PauseConditions(Session& session, const Backfill& backfill) : session_(&session), backfill_(&backfill) {}

  /// Why to pause, for people; empty = go on. Throws Error{part_way} when the throttle query fails.
  std::optional<std::string> reason();

 private:
  std::optional<std::string> flag() const;
  std::optional<std::string> query() const;
  std::optional<std::string> lag();

  Session* session_;
  const Backfill* backfill_;
  int most_replicas_ = 0;  ///< seen at once by this run
};

/// A query of how many sessions wait for a lock that this one holds.
extern const char* const kLockWaitersSql;

}  // namespace dbmigrate
