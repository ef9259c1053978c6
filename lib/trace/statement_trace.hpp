// What one statement did on a throwaway database, as the server itself showed it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/revision_id.hpp"
#include "sql/lock_mode.hpp"

namespace dbmigrate {

enum class RelationKind {
  table,
  partitioned_table,
  materialized_view,
  view,
  foreign_table,
  sequence,
  composite_type,
  index
};

/// A lock on a relation that was there before the plan: nobody else knows of what the plan makes.
struct RelationLock {
  std::string relation;  ///< as SQL writes it: `public.users`
  RelationKind kind = RelationKind::table;
  std::string table;  ///< of an index, its table; else the same as `relation`
  TableLockMode mode = TableLockMode::none;

  bool operator==(const RelationLock&) const = default;
};

struct IndexChange {
  enum class Kind {
    built,    ///< new, with a file of its own
    rebuilt,  ///< the same index in a new file
    kept,     ///< made anew over the same file, as by ALTER COLUMN … TYPE without a rewrite
    invalid,  ///< there is no finished index behind the name yet
    gone,
  };
  std::string index;
  std::string table;
  Kind kind = Kind::built;
  bool on_new_table = false;

  bool operator==(const IndexChange&) const = default;
};

struct ConstraintChange {
  enum class Kind { added, recreated, validated, gone };
  std::string name;
  std::string table;  ///< or the domain
  char type = 'c';    ///< as in pg_constraint.contype
  bool valid = true;
  Kind kind = Kind::added;

  bool operator==(const ConstraintChange&) const = default;
};

/// What a statement asks of rows that were there before it: where they are otherwise, it fails.
struct ValueDemand {
  enum class Kind {
    not_null,     ///< no NULL in the column
    no_rows,      ///< the column is new, refuses NULL and has no value to fill in
    unique,       ///< no two rows with the same keys
    foreign_key,  ///< every value is in the other table
    check,        ///< the expression holds
  };
  Kind kind = Kind::not_null;
  std::string name;                  ///< of the constraint or index; empty for columns
  std::string table;                 ///< an old one
  std::vector<std::string> columns;  ///< or expressions, as SQL
  std::string references;
  std::vector<std::string> referenced_columns;
  std::string expression;  ///< of a CHECK; of an index, its predicate
  bool nulls_are_equal = false;

  bool operator==(const ValueDemand&) const = default;
};

/// Why a statement failed there.
struct TracedError {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
};

struct StatementTrace {
  Location at;
  std::string sql;      ///< as written
  std::string command;  ///< `ALTER TABLE`
  bool transactional = true;
  bool ran = false;  ///< false: it was only looked at, or failed

  std::vector<RelationLock> locks;     ///< that it needs, the strongest first
  std::vector<RelationLock> held;      ///< by earlier statements of its transaction while it runs, SHARE and above
  std::vector<std::string> rewritten;  ///< tables whose rows were all written anew
  std::vector<std::string> copied;     ///< block by block, to another tablespace
  std::vector<std::string> truncated;
  std::vector<std::string> scanned;  ///< old tables that were read from end to end
  std::vector<IndexChange> indexes;
  std::vector<ConstraintChange> constraints;
  std::vector<std::string> cascaded;       ///< what else it dropped: `view public.v`
  std::vector<std::string> scans_avoided;  ///< the server's words on why it did not look at the rows
  std::vector<std::string> created;        ///< relations that are new, indexes left out
  std::vector<ValueDemand> demands;
  std::optional<TracedError> error;

  [[nodiscard]] TableLockMode strongest_lock() const;
  [[nodiscard]] bool builds_index() const;
  /// Whether it, or a trigger of its, may write rows of `table`.
  [[nodiscard]] bool writes(const std::string& table) const;
};

struct RevisionTrace {
  RevisionId id;
  std::vector<StatementTrace> statements;
};

}  // namespace dbmigrate
