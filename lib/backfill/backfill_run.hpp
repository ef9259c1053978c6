// Carries out one backfill, batch by batch.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "backfill/progress.hpp"
#include "core/clock.hpp"
#include "descriptor/migration.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// What the run around it gives a backfill. Everything outlives the call.
struct BackfillHost {
  Session& session;
  Clock& clock;
  std::string version_schema;
  std::string run_id;
  bool tells_every_row = false;                                            ///< else the first kRowsTold
  std::function<std::vector<std::string>(bool outwait_autovacuum)> begin;  ///< BEGIN and settings, each a statement
  std::function<std::string()> restore;                                    ///< puts back what the author's SQL set
  /// Runs a transaction until it goes through: again on lock timeouts, deadlocks and serialization failures.
  std::function<void(const std::function<void(bool outwait_autovacuum)>& attempt)> with_retries;
  std::function<void()> require_lock;  ///< throws when the migration lock is gone
  std::function<void(const BackfillEvent&)> tell;
};

enum class BackfillMode {
  go_on,     ///< a step of a revision in progress: from where it stopped to the end
  catch_up,  ///< finished before: rows written since
  retry,     ///< finished before: quarantined rows once more
};

/// Somebody else has the backfill now; read the version table again.
class LostBackfill : public std::exception {};

/// Returns when the backfill is done. Throws Error{part_way} with the list when more rows failed than max_failures
/// allows, or with the place in the file when the SQL fails for other reasons than single rows; Error of walk_key();
/// LostBackfill; ServerError for lost connections.
void run_backfill(const BackfillHost& host, const Backfill& backfill, const BackfillId& id, BackfillMode mode);

}  // namespace dbmigrate
