// What a statement locks, rewrites and scans, as far as that follows from its text and what is known of the schema.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lint/known_schema.hpp"
#include "sql/lock_mode.hpp"

namespace dbmigrate {

struct PredictedLock {
  ObjectName relation;
  ObjectClass what = ObjectClass::table;
  TableLockMode mode = TableLockMode::none;
  Age age = Age::old;
};

/// Each relation once, by name.
struct Prediction {
  std::vector<PredictedLock> locks;  ///< the strongest on each relation; indexes only where the statement is about them
  std::vector<ObjectName> rewrites;  ///< written anew
  std::vector<ObjectName> scans;     ///< read from end to end
  std::vector<ObjectName> perhaps_scans;  ///< read from end to end where the planner, or the data, wants it so
  std::vector<ObjectName> index_builds;   ///< tables with an index that is built
  std::vector<ObjectName> emptied;        ///< TRUNCATE: new files without rows
  std::vector<ObjectName> writes;         ///< rows inserted, changed or deleted
  std::string fails;                      ///< SQLSTATE that is certain; empty = none
  std::string fails_with_rows;            ///< SQLSTATE where the table is not empty

  [[nodiscard]] TableLockMode on(const ObjectName& relation) const;
  /// The strongest on a relation that others use.
  [[nodiscard]] const PredictedLock* strongest_on_old() const;
  /// Takes time that grows with a table.
  [[nodiscard]] bool takes_long() const;
  void add(const Prediction& other);
};

struct PredictionSettings {
  int server_major = 15;
  bool time_zone_is_utc = true;
};

/// Of the actions of one statement, before it has run.
Prediction predict(const std::vector<sql::Action>& actions, const KnownSchema& schema,
                   const PredictionSettings& settings);

}  // namespace dbmigrate
