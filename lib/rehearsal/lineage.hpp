// A database that goes on from revision to revision.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "rehearsal/fixtures.hpp"
#include "rehearsal/rehearsal_database.hpp"

namespace dbmigrate {

/// Holds what the next revision needs and nothing else; begins anew where it holds more.
class Lineage {
 public:
  /// All of them outlive the lineage; null fixtures = no rows.
  Lineage(RehearsalServer& server, const RevisionGraph& graph, RehearsalOptions options, const Fixtures* fixtures);

  /// What `revision` needs and has been skipped; nothing when all of it can be had.
  [[nodiscard]] std::optional<RevisionIndex> skipped_need(RevisionIndex revision) const;
  /// The database with all that `revision` needs, and its rows. Throws what a run or a fixture throws.
  RehearsalDatabase& before(RevisionIndex revision);

  // What became of the revision that before() was asked for:
  void skip(RevisionIndex revision) { skipped_.insert(revision); }
  /// It runs here as well.
  void advance(RevisionIndex revision);
  /// It has run in a copy, which takes the place of this database.
  void replace(RevisionIndex revision, std::unique_ptr<RehearsalDatabase> copy);

 private:
  void load_rows(RevisionIndex revision);

  RehearsalServer& server_;
  const RevisionGraph& graph_;
  RehearsalOptions options_;
  const Fixtures* fixtures_;
  std::unique_ptr<RehearsalDatabase> database_;
  std::set<RevisionIndex> done_;    ///< in `database_`
  std::set<RevisionIndex> loaded_;  ///< those whose rows are there
  std::set<RevisionIndex> skipped_;
};

}  // namespace dbmigrate
