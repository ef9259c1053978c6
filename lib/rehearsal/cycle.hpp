// Every revision up, down and up again, on databases that nobody needs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/difference.hpp"
#include "contract/contracts.hpp"
#include "rehearsal/fixtures.hpp"
#include "rehearsal/rehearsal_database.hpp"

namespace dbmigrate {

enum class CycleVerdict {
  restores,
  order_only,      ///< but for the order of columns, where a dropped one came back
  clock,           ///< but for what depends on the day
  group,           ///< only when revisions below it are undone as well
  rows_left,       ///< rows of its own stay in tables that were there before
  differs,         ///< the catalog, or rows that were there before, are otherwise
  down_fails,      ///< its downgrade does
  up_again_fails,  ///< it cannot run where it was undone, or cannot be adopted where it has run
  irreversible,    ///< as it says
  skipped,         ///< as a requirement of it says, or it builds on such a one
};
std::string_view name_of(CycleVerdict verdict);
/// False where a downgrade does not restore what was there, or an upgrade cannot follow it.
bool passes(CycleVerdict verdict);

/// One thing that is not as it was, or that is so only by a rule that lets it pass.
struct CycleDifference {
  enum class When { upgrade, downgrade, second_upgrade, adopting, adopted_downgrade };
  enum class What { object, order, clock, rows_left, rows_lost, row_count, golden_rows, failure };
  When when = When::downgrade;
  What what = What::object;
  std::optional<Difference> difference;  ///< of an object, an order, or a date in a definition
  std::string object;                    ///< `table public.t`; empty for a failure
  std::string text;                      ///< in words; empty where the difference says all
};
std::string_view name_of(CycleDifference::When when);
std::string_view name_of(CycleDifference::What what);

struct CycledRevision {
  RevisionId id;
  CycleVerdict verdict = CycleVerdict::restores;
  bool held = false;              ///< a hold that was passed
  std::vector<std::string> ways;  ///< `run`, `adopted`, both
  std::vector<CycleDifference> differences;
  std::vector<RevisionId> group;   ///< what restores together with it, newest first, itself included
  std::vector<std::string> notes;  ///< what a reader has to know besides; whole sentences
  Milliseconds took{0};
};

struct CycleProgress {
  RevisionId id;
  std::string_view stage;  ///< `up`, `down`, `up again`, `adopting`
  std::size_t number = 0;  ///< from 1
  std::size_t total = 0;
};

struct CycleOptions {
  const Fixtures* fixtures = nullptr;  ///< null = no rows
  RehearsalOptions running;
  /// The contracts in force once these revisions, in the order in which they run, are in effect; may be empty.
  std::function<std::vector<const Contract*>(const std::vector<RevisionIndex>&)> contracts_after;
  std::function<void(const CycleProgress&)> progress;
  std::function<void(const CycledRevision&)> finished;
};

/// Each of `revisions`, in the order in which they run, on a database with what it builds on and nothing else.
/// Snapshot, up, snapshot, down, compare catalog and rows, up again, compare; a revision that adopts once more where
/// its objects are there already. Throws what the first upgrade of a revision or a fixture throws: then there is
/// nothing to undo.
std::vector<CycledRevision> cycle(RehearsalServer& server, const RevisionGraph& graph,
                                  std::vector<RevisionIndex> revisions, const CycleOptions& options);

}  // namespace dbmigrate
