// What a backfill tells while it runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/duration.hpp"
#include "ledger/backfill_rows.hpp"

namespace dbmigrate {

/// The rows are counted and the first batch is about to run.
struct BackfillStarted {
  BackfillId id;
  std::string table;
  std::vector<std::string> key;
  std::int64_t total = 0;  ///< rows that were due when it first started
  bool total_is_exact = true;
  std::int64_t found = 0;  ///< of them, dealt with by earlier runs
  int pass = 1;
};
/// A batch is committed with its checkpoint.
struct BatchDone {
  BackfillId id;
  int pass = 1;            ///< 1 = the main one; later ones catch up
  bool retry = false;      ///< a quarantined row that went through now, beside the walk
  bool halved = false;     ///< a part of a batch that failed, while its bad rows are sought
  std::int64_t found = 0;  ///< rows of this pass dealt with so far
  std::int64_t total = 0;  ///< of the main pass
  std::int64_t due = 0;    ///< of this batch, skipped ones included
  std::int64_t rows = 0;   ///< of this batch; the SQL ran on them
  Milliseconds took{0};
  Milliseconds elapsed{0};          ///< of this run, pauses left out
  double rate = 0;                  ///< rows a second in this run
  std::optional<Milliseconds> eta;  ///< empty in a pass that catches up
  std::vector<RowKey> keys;         ///< its first rows, as many as are listed one by one
};
/// Told once for each reason; nothing runs until it has gone.
struct BackfillPaused {
  BackfillId id;
  std::string reason;
};
struct BackfillResumed {
  BackfillId id;
};
/// A row failed alone and was put aside.
struct RowQuarantined {
  BackfillId id;
  BackfillFailure failure;
};
/// The walk is over; whether it counts as done depends on the failures.
struct BackfillFinished {
  BackfillRow row;
  std::int64_t migrated_now = 0;          ///< by this run
  Milliseconds took{0};                   ///< this run
  std::vector<BackfillFailure> failures;  ///< the first of them
};

using BackfillEvent =
    std::variant<BackfillStarted, BatchDone, BackfillPaused, BackfillResumed, RowQuarantined, BackfillFinished>;

/// The rows that are told one by one unless more are asked for.
inline constexpr std::int64_t kRowsTold = 20;

}  // namespace dbmigrate
