// The key that a backfill walks along.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "descriptor/migration.hpp"
#include "ledger/backfill_rows.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Columns stand in the order of the index that serves the walk, which may differ from the descriptor's.
struct WalkKey {
  std::string table;                 ///< schema-qualified and quoted
  std::vector<std::string> columns;  ///< names, not quoted
  std::vector<std::string> types;    ///< as they stand in a cast

  /// `"a", "b"`, each with `prefix` before it.
  [[nodiscard]] std::string list(const std::string& prefix = "") const;
  /// `"a"::text, …`
  [[nodiscard]] std::string texts(const std::string& prefix = "") const;
  /// `"a"`, or a row of several columns.
  [[nodiscard]] std::string row(const std::string& prefix = "") const;
  /// A value of the key. Its literals take the collation of the column that they are compared with.
  [[nodiscard]] std::string value(const RowKey& key) const;
};

/// Throws Error{invalid_descriptor} unless the columns are NOT NULL and are those of a unique index that is complete,
/// valid and ordered as the columns' own comparison orders them; ServerError.
WalkKey walk_key(Session& session, const Backfill& backfill);

/// False while the table is not there, as before an earlier step makes it.
bool table_exists(Session& session, const Backfill& backfill);

}  // namespace dbmigrate
