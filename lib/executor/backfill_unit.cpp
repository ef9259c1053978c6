// Lends a backfill what the run has.
// SPDX-License-Identifier: Apache-2.0
#include "executor/backfill_unit.hpp"

#include <variant>

namespace dbmigrate {

void run_backfill_here(Worker& worker, const PreparedRevision* revision, const Backfill& backfill, const BackfillId& id,
                       BackfillMode mode, RetryTally& tally) {
  const BackfillHost host{
      .session = *worker.session,
      .clock = worker.clock,
      .version_schema = worker.options.version_schema,
      .run_id = worker.options.identity.run_id,
      .tells_every_row = worker.options.tells_every_row,
      .begin = [&](bool outwait) { return begin_statements(worker, revision, outwait); },
      .restore = [&] { return restore_statements(worker); },
      .with_retries =
          [&](const std::function<void(bool)>& attempt) { with_lock_retries(worker, id.revision, tally, attempt); },
      .require_lock = [&] { worker.lock->require_held(); },
      .tell = [&](const BackfillEvent& event) { std::visit([&](const auto& one) { worker.observer.on(one); }, event); },
  };
  try {
    run_backfill(host, backfill, id, mode);
  } catch (const LostBackfill&) {
    throw LostClaim();
  }
}

}  // namespace dbmigrate
