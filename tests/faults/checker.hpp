// Whether a database is as if nothing had gone wrong.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "faults/rows.hpp"
#include "postgres/session.hpp"

namespace dbmigrate::faults {

/// What must not depend on how often a run was cut: compared as text.
struct Picture {
  /// Relations, columns, constraints, indexes with their validity, functions, triggers, extensions.
  std::string catalog;
  std::string effects;    ///< each effect with its count
  std::string rows;       ///< of every table but effects and dbmigrate's own, see canonical_rows()
  std::string version;    ///< rows of the version table, times and run ids left out
  std::string history;    ///< finished upgrades and downgrades with their count
  std::string backfills;  ///< what each has found, migrated and skipped
};

Picture picture_of(Session& session, const Before& before);

/// What the database holds at this moment.
Before everything_in(Session& session);

/// Where two pictures differ, one line each; empty when they are equal.
std::string difference(const Picture& expected, const Picture& found);

/// A pooler's own connections bear our names as long as it keeps them, idle.
enum class Route { direct, pooled };

/// Our sessions and advisory locks that are still there after `patience`; empty when all are gone.
std::string left_behind(Session& session, Route route, std::chrono::milliseconds patience);

/// Back to an empty database with the scenarios' own tables.
void reset(Session& session);

}  // namespace dbmigrate::faults
