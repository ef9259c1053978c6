// Revisions that restore what was there only when they are undone together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/snapshot.hpp"
#include "rehearsal/cycle.hpp"
#include "rehearsal/table_rows.hpp"

namespace dbmigrate {

/// A database at one moment.
struct CycleState {
  Snapshot catalog;
  std::map<std::string, RowDigest> rows;  ///< by table
};
/// As it was before each revision ran.
using CycleStates = std::map<RevisionIndex, CycleState>;

/// True for what a downgrade alone has not put right.
bool is_left_by_downgrade(const CycleDifference& difference);

struct CycleGroupSearch {
  const RevisionGraph& graph;
  const CycleStates& starts;
  const CycleState& up;  ///< behind the revision's first upgrade

  /// `undone` is where the revision was undone alone; it is copied. Undoes what is below, one by one, until all of
  /// `differences` are gone and the catalog is what it was there, then goes up again. Newest first; empty when there is
  /// no such group. What disappears only because the table, or the object itself, that it is part of is dropped whole
  /// below has been forgotten, not left to a neighbour.
  [[nodiscard]] std::vector<RevisionId> find(RevisionIndex revision, RehearsalDatabase& undone,
                                             const std::vector<CycleDifference>& differences) const;
};

}  // namespace dbmigrate
