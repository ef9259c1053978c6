// One batch: claim, effect, checkpoint and counters in one transaction.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backfill/backfill_run.hpp"
#include "backfill/selection.hpp"

namespace dbmigrate {

struct BatchRequest {
  std::int64_t rows = 0;    ///< due rows at most
  std::int64_t window = 0;  ///< keys to walk at most
  std::int64_t keys_told = 0;
  std::optional<RowKey> only;  ///< a quarantined row, beside the walk
};

enum class BatchOutcome {
  done,
  at_end,  ///< nothing stands behind the cursor; nothing was changed
  paused,  ///< somebody asked for it; nothing was changed
};

struct BatchReport {
  BatchOutcome outcome = BatchOutcome::done;
  std::int64_t due = 0;   ///< rows that `where` holds for
  std::int64_t rows = 0;  ///< of them, those that the SQL ran on
  std::int64_t window = 0;
  bool walked_to_end_of_window = false;
  std::int64_t lock_waiters = 0;
  Milliseconds took{0};
  std::vector<RowKey> keys;
};

/// Rows of the batch may be to blame; it is rolled back.
class BatchFailure : public std::exception {
 public:
  BatchFailure(Error error, bool in_selection, std::int64_t rows, std::optional<RowKey> key)
      : error_(std::move(error)), in_selection_(in_selection), rows_(rows), key_(std::move(key)) {}
  [[nodiscard]] const Error& error() const { return error_; }
  /// `where` or `skip` raised it, before the rows were known.
  [[nodiscard]] bool in_selection() const { return in_selection_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] const std::optional<RowKey>& key() const { return key_; }  ///< where it is a single row

 private:
  Error error_;
  bool in_selection_;
  std::int64_t rows_;
  std::optional<RowKey> key_;
};

/// A backfill's row of the ledger, always as committed, and the transactions that move it on. Each begins with the
/// claim, so that a run that lost the backfill changes nothing more.
class BackfillState {
 public:
  BackfillState(const BackfillHost& host, const Backfill& backfill, BackfillId id, bool settled);

  /// Makes the row, or takes it over with its progress; then row() is known.
  void take_over();
  [[nodiscard]] const BackfillRow& row() const { return row_; }

  /// One attempt. Throws BatchFailure; LostBackfill; ServerError for what a later attempt may get through, for what no
  /// row is to blame for (with its place in the file), and when the connection is lost.
  BatchReport run_batch(const BatchRequest& request, bool outwait_autovacuum);

  /// Counted among row().failed; the walk goes on behind it.
  BackfillFailure quarantine(const RowKey& key, const Error& error);
  BackfillFailure quarantine_again(const RowKey& key, const Error& error);
  [[nodiscard]] std::vector<BackfillFailure> failures(int limit) const;

  /// Who paused the backfill, for people.
  [[nodiscard]] std::optional<std::string> paused() const;
  /// The first key behind the cursor.
  [[nodiscard]] std::optional<RowKey> next_key() const;
  [[nodiscard]] bool any_due() const;

  void begin_pass();  ///< from the first row again
  [[nodiscard]] std::int64_t changed_in_pass() const { return changed_in_pass_; }
  /// So many rows were counted as migrated and are not.
  void take_back(std::int64_t rows);
  void set_batch_rows(std::int64_t rows) { row_.batch_rows = rows; }  ///< written with the next checkpoint
  /// Writes the last word and analyzes the tables that were touched.
  void finish(bool done);

 private:
  [[nodiscard]] std::string quarantine_table() const;
  void count_rows(BackfillRow& row) const;
  void require_same_key(const BackfillRow& before);
  Selected select(const BatchRequest& request, bool outwait, BatchReport& report);
  void apply(const BatchRequest& request, const Selected& selected, BatchReport& report, BackfillRow& next);
  std::vector<Result> run_effect(const Selected& selected, const std::string& behind);
  void recheck(const Selected& selected, BackfillRow& next);
  [[noreturn]] void fail(const ServerError& error, bool in_selection, const Selected& selected);
  void write(BackfillRow next, const std::string& also = "");
  void analyze();
  [[nodiscard]] BackfillFailure failure_of(const RowKey& key, const Error& error) const;
  void roll_back() const;

  const BackfillHost* host_;
  const Backfill* backfill_;
  bool settled_;
  BackfillRows rows_;
  WalkKey key_;
  BackfillRow row_;
  std::int64_t changed_in_pass_ = 0;
  std::set<std::string> touched_;
};

}  // namespace dbmigrate
