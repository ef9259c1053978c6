// One migration as it stands on disk.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/checksum.hpp"
#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/revision_id.hpp"

namespace dbmigrate {

enum class Kind { schema, data, baseline };
enum class TransactionMode {
  revision,  ///< the whole revision is one transaction
  step,      ///< each step is one
  none,      ///< statement by statement, outside any transaction block
};
enum class Severity { error, warning, info };

/// SQL and where it was written.
struct SqlText {
  std::string text;    ///< UTF-8, no byte-order mark, lines end in LF
  std::string file;    ///< for messages
  int first_line = 1;  ///< the line of `file` that the first line of `text` is
  /// How many columns the text is indented in `file` (a YAML block); added to columns in messages.
  int indent = 0;
};

struct BackfillSkip {
  std::string when;  ///< SQL condition over the table's row
  std::string because;
};

/// A data migration in batches (machinery: lib/backfill).
struct Backfill {
  std::string name;
  std::string table;
  std::vector<std::string> key;
  std::string where;  ///< empty = all rows
  std::vector<BackfillSkip> skip;
  Milliseconds batch_time{500};
  std::int64_t batch_rows_min = 100;
  std::int64_t batch_rows_max = 10'000;
  std::optional<Milliseconds> pause_replication_lag;
  std::optional<int> pause_lock_waiters;
  std::string pause_query;      ///< a boolean or count; empty = none
  std::string pause_flag_file;  ///< empty = none
  std::int64_t max_failures = 0;
  SqlText sql;
};

struct Step {
  TransactionMode transaction = TransactionMode::revision;
  bool repeatable = false;  ///< a CALL or DO outside a transaction may run twice
  std::variant<SqlText, Backfill> work;
  Location at;  ///< where the descriptor names it

  [[nodiscard]] const SqlText* sql() const { return std::get_if<SqlText>(&work); }
  [[nodiscard]] const Backfill* backfill() const { return std::get_if<Backfill>(&work); }
};

/// What a query must give: no row, exactly one row, or one value.
struct Expectation {
  enum class Kind {
    empty,
    one_row,
    equals,
    anything,  ///< of a check of severity info: its value is told
  } kind = Kind::empty;
  std::string value;  ///< for equals, as text
};

struct Requirement {
  enum class Kind { table, view, column, index, extension, server_version, sql } kind = Kind::table;
  std::string subject;  ///< a name (`documents`, `public.documents`, `documents.path`), a version, or a query
  Expectation expect;   ///< for sql
  bool skip = false;    ///< otherwise: skip
  std::string hint;
  Location at;
};

struct Loss {
  SqlText rows;  ///< a query whose rows would be lost
  std::string because;
};

struct Check {
  std::string name;
  SqlText sql;
  Expectation expect;
  Severity severity = Severity::error;
};

struct Verdict {
  std::string healthy;
  std::string otherwise;
};

/// `up` is never empty. `down` is empty exactly when `irreversible` says why there is none.
struct Migration {
  RevisionId id;
  std::vector<std::string> parents;  ///< names in the same branch; filled in by default; empty = base
  bool parents_declared = false;
  std::vector<RevisionId> depends_on;  ///< in other branches; a bare prefix is resolved by the graph
  std::string description;
  Kind kind = Kind::schema;
  bool adopts = false;  ///< always true for a baseline
  std::string hold;     ///< what must be done first; empty = not held
  TransactionMode transaction = TransactionMode::revision;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::string irreversible;  ///< the reason; empty = there is a down
  std::map<std::string, int> contract;          ///< contracts that it moves, and to which version
  std::map<std::string, Location> contract_at;  ///< where it says so
  std::vector<Requirement> requirements;
  std::vector<Loss> loses;
  std::vector<Step> up;
  std::vector<Step> down;
  std::vector<Check> checks;
  std::optional<Verdict> verdict;
  Checksum checksum;               ///< SPEC §1 says over what
  std::string file;                ///< the descriptor or the up file, for messages
  std::vector<std::string> files;  ///< every file that it was read from
};

}  // namespace dbmigrate
