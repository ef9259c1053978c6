// A backfill that finished before, taken up again.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "executor/backfill_unit.hpp"
#include "executor/executor.hpp"

namespace dbmigrate {
namespace {

constexpr int kMaxLosses = 5;

/// What the SQL of a batch failed with is no failed migration: all batches before it stay.
Error as_part_way(const ServerError& error) {
  ErrorInfo info = error.info();
  if (info.code == ErrorCode::server_error || info.code == ErrorCode::out_of_resources) info.code = ErrorCode::part_way;
  return Error(std::move(info));
}

[[noreturn]] void taken_away(const BackfillId& id) {
  throw Error({.code = ErrorCode::state_conflict,
               .message = fmt::format("backfill {} is not to be had", id.text()),
               .detail = "Its revision is not in effect any more, or another run took the backfill over.",
               .hint = "Look at `dbmigrate status` and `dbmigrate backfill status`."});
}

}  // namespace

void Executor::run_backfill(const Backfill& backfill, const BackfillId& id, BackfillMode mode) {
  recording_failures([&] {
    connect_at_first();
    worker_.ledger->create();
    worker_.ledger->require_privileges();
    worker_.now = id.revision;
    RetryTally tally;
    while (true) {
      try {
        run_backfill_here(worker_, nullptr, backfill, id, mode, tally);
        break;
      } catch (const LostClaim&) {
        taken_away(id);
      } catch (const ServerError& error) {
        const bool passes = (error.connection_lost() && !ran_out(error.sqlstate())) || is_transient(error.sqlstate());
        if (!passes || ++losses_ > kMaxLosses) throw as_part_way(error);
        connect_again(error);
      }
    }
    worker_.ledger->record(options_.identity, {.event = "retry",
                                               .id = id.revision,
                                               .direction = std::string(name_of(id.direction)),
                                               .message = fmt::format("backfill {}", id.name),
                                               .lock_waits = tally.lock_waits,
                                               .blockers = tally.blockers});
  });
}

}  // namespace dbmigrate
