// The SQL that finds the next batch.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backfill/walk_key.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Which rows the batch takes.
struct Wanted {
  std::optional<RowKey> after;  ///< empty = from the first row on
  std::int64_t rows = 0;        ///< due rows at most
  std::int64_t window = 0;      ///< keys to walk at most, due or not
  std::int64_t keys_told = 0;
  bool spare_quarantined = false;  ///< leave out the rows of backfill_failure
  std::optional<RowKey> only;      ///< one row, whatever the cursor says
};

/// What came of it.
struct Selected {
  std::optional<RowKey> edge;  ///< how far was walked; empty = there is nothing behind the cursor
  std::int64_t due = 0;        ///< rows that `where` holds for, skipped ones included
  std::optional<RowKey> last_due;
  std::vector<std::int64_t> skipped;  ///< for each reason
  std::vector<RowKey> keys;

  [[nodiscard]] std::int64_t ready() const;  ///< rows in `batch`
};

/// How temporary tables live on this connection.
enum class BatchTable { kept_for_session, dropped_at_commit };

/// Statements that make the relation `batch` and fill it; the rows that it names are locked against other writers until
/// the transaction ends. The last but `kSettingsBehind` gives the row that selected_of() reads.
std::vector<std::string> selection_sql(const WalkKey& key, const Backfill& backfill, const Wanted& wanted,
                                       BatchTable kind, const std::string& quarantine);
extern const std::size_t kSettingsBehind;
Selected selected_of(const Result& result, std::size_t reasons);

/// `SELECT` of the rows of `batch` that are still due.
std::string still_due_sql(const WalkKey& key, const Backfill& backfill);

/// A query of one boolean: is there any row left to do?
std::string any_due_sql(const WalkKey& key, const Backfill& backfill, const std::string& quarantine);

/// A query of one row: how many rows are due, and how many of them each reason skips.
std::string count_sql(const std::string& table, const Backfill& backfill);

/// The key of the first row behind `after`, as a JSON array.
std::string next_key_sql(const WalkKey& key, const std::optional<RowKey>& after);

}  // namespace dbmigrate
