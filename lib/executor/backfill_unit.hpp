// A backfill inside a run: with the worker's connection, lock and settings.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backfill/backfill_run.hpp"
#include "executor/transaction.hpp"

namespace dbmigrate {

/// `revision` may override the timeouts; null = the run's. Throws what run_backfill() throws, LostClaim instead of
/// LostBackfill.
void run_backfill_here(Worker& worker, const PreparedRevision* revision, const Backfill& backfill, const BackfillId& id,
                       BackfillMode mode, RetryTally& tally);

}  // namespace dbmigrate
