// What a catalog, the locks and the counters of a session are at one moment of a trace.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postgres/session.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate {

using Oid = std::uint32_t;

struct ObservedRelation {
  Oid oid = 0;
  std::string name;  ///< as SQL writes it
  std::string bare;  ///< without schema and quotes, as debug messages have it
  char kind = 'r';   ///< pg_class.relkind
  Oid file = 0;      ///< 0 = it has none
  Oid tablespace = 0;
  bool is_partition = false;
  std::int64_t scans = 0;  ///< sequential ones, counted since the session began
  Oid table = 0;           ///< of an index
  bool valid = true;       ///< of an index
  bool unique = false;     ///< of an index, as is what follows
  bool nulls_are_equal = false;
  std::vector<std::string> keys;  ///< columns and expressions as SQL
  std::string predicate;

  [[nodiscard]] bool is_table() const { return kind == 'r' || kind == 'm'; }
  [[nodiscard]] bool is_index() const { return kind == 'i' || kind == 'I'; }
};

struct ObservedConstraint {
  Oid oid = 0;
  std::string name;
  std::string owner;  ///< table or domain
  char type = 'c';
  bool valid = true;
  std::vector<std::string> columns;  ///< as SQL writes them
  std::string references;            ///< of a foreign key
  std::vector<std::string> referenced_columns;
  std::string expression;  ///< of a CHECK
};

/// A column that refuses NULL.
struct ObservedNotNull {
  std::string column;
  bool filled = false;  ///< by a default, as an identity or as generated
};

/// Relations outside the system's schemas and `version_schema`, temporary ones left out. The names of relations that
/// are gone later come from here: joining pg_locks with pg_class would lose the locks on what was dropped.
struct Observation {
  std::map<Oid, ObservedRelation> relations;
  /// By table or domain, and name: their OIDs change when ALTER TYPE makes them anew.
  std::map<std::pair<Oid, std::string>, ObservedConstraint> constraints;
  std::map<std::pair<Oid, int>, ObservedNotNull> not_null;  ///< by table and number of the column
  std::map<Oid, int> columns;                               ///< of tables: the highest number

  [[nodiscard]] const ObservedRelation* find(Oid oid) const;
};

/// Whose scan counters: a transaction reads its own, which nobody else sees before it is over.
enum class Counters { of_transaction, of_database };

Observation observe(Session& session, std::string_view version_schema, Counters counters);

/// One lock as pg_locks shows it.
struct ObservedLock {
  Oid relation = 0;
  TableLockMode mode = TableLockMode::none;
  bool granted = true;
};

/// Those of the server process `pid` on relations of this database; 0 = of the session's own.
std::vector<ObservedLock> observe_locks(Session& session, int pid = 0);

RelationKind relation_kind(char relkind);

}  // namespace dbmigrate
