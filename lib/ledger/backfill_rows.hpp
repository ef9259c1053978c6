// What the version table's companions remember of data migrations: how far, and which rows failed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// A backfill is known by its name within one direction of one revision.
struct BackfillId {
  RevisionId revision;
  Direction direction = Direction::upgrade;
  std::string name;

  /// `persons@003_migrate_personas/personas`
  [[nodiscard]] std::string text() const;
  auto operator<=>(const BackfillId&) const = default;
};

/// A key's columns as PostgreSQL prints them, in the order of the walk.
using RowKey = std::vector<std::string>;

/// How many rows each reason skipped, in the order of the descriptor.
using SkipCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// Progress of one backfill. Counters are totals over all runs, except where a pass is named.
struct BackfillRow {
  BackfillId id;
  bool done = false;
  std::string run_id;
  std::string table;               ///< with its schema, quoted
  std::vector<std::string> key;    ///< column names
  std::optional<RowKey> last_key;  ///< everything up to it is done in this pass; empty = nothing yet
  int pass = 1;                    ///< 1 = the main one; later ones catch up
  std::int64_t total = 0;          ///< rows that were due at the start
  bool total_is_exact = true;
  std::int64_t found = 0;  ///< rows that this pass has dealt with, skipped and failed ones included
  std::int64_t migrated = 0;
  std::int64_t unchanged = 0;  ///< still due after the SQL ran on them, as the last pass saw it
  SkipCounts skipped;          ///< as the last pass saw it
  std::int64_t batches = 0;    ///< committed; what a batch's claim expects
  std::int64_t batch_rows = 0;
  std::int64_t failed = 0;  ///< rows in quarantine
  std::string paused_by;    ///< empty = not paused
  std::string paused_at;
  std::string started_at;  ///< the server's clock, ISO 8601 UTC, like the other two
  std::string updated_at;
  std::string finished_at;  ///< empty while it runs

  [[nodiscard]] std::int64_t skipped_total() const;
};

/// A row in quarantine. Its message holds no row contents.
struct BackfillFailure {
  RowKey key;
  std::string sqlstate;
  std::string message;
  int attempts = 0;
  std::string failed_at;
};

/// Reads and writes both tables. Like Ledger: caches nothing, and makes whole statements for the transaction that they
/// belong to.
class BackfillRows {
 public:
  /// Sends nothing. `session` outlives it.
  BackfillRows(Session& session, std::string schema) : session_(&session), schema_(std::move(schema)) {}

  /// Oldest first; empty when there is no such table yet.
  [[nodiscard]] std::vector<BackfillRow> all() const;
  [[nodiscard]] std::optional<BackfillRow> find(const BackfillId& id) const;
  /// By key; the first `limit`, 0 = all.
  [[nodiscard]] std::vector<BackfillFailure> failures(const BackfillId& id, int limit) const;

  /// Inserts the row, or takes it over for the run where it is there, keeping its progress. Waits for a batch of an
  /// earlier run that is still open.
  [[nodiscard]] std::string take_over_sql(const BackfillRow& row) const;
  /// One row (paused_by, paused_at), locked, when the next batch is this run's: it has the backfill, `batches` are
  /// done, and its revision is in progress for the run or, where `settled`, in effect. No row otherwise.
  [[nodiscard]] std::string claim_sql(const BackfillRow& row, bool settled) const;
  /// Writes cursor, pass and counters of `row`, and counts the batch; touches one row or none.
  [[nodiscard]] std::string checkpoint_sql(const BackfillRow& row) const;
  /// The last word of a run; `row.done` says which.
  [[nodiscard]] std::string finish_sql(const BackfillRow& row) const;

  [[nodiscard]] std::string quarantine_sql(const BackfillId& id, const BackfillFailure& failure) const;
  [[nodiscard]] std::string release_sql(const BackfillId& id, const RowKey& key) const;

  /// Returns the rows that changed: 0 when there is no such backfill, or it is in that state already.
  [[nodiscard]] std::string pause_sql(const BackfillId& id) const;
  [[nodiscard]] std::string resume_sql(const BackfillId& id) const;

  [[nodiscard]] std::string table(std::string_view name) const;

 private:
  [[nodiscard]] bool exists() const;
  [[nodiscard]] std::vector<BackfillRow> read(std::string_view condition) const;

  Session* session_;
  std::string schema_;
};

/// The key of a JSON array that the server printed; NULLs become empty text.
RowKey key_of_json(std::string_view json);

/// `id=4711`, `a=7, b=abc`: for people. `columns` are those of the walk, in its order.
std::string key_text(const std::vector<std::string>& columns, const RowKey& key);

}  // namespace dbmigrate
