// What would run: from the graph, the version table's rows and a target.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"

namespace dbmigrate {

struct PlanStep {
  RevisionId id;
  const Migration* migration = nullptr;  ///< null for a downgrade of a revision that the files do not have
  std::optional<AppliedRevision> row;    ///< what the version table says of it now

  bool operator==(const PlanStep& other) const { return id == other.id; }
};

/// A revision that `head` stopped before.
struct HeldRevision {
  RevisionId id;
  std::string first;  ///< what must be done before it
};

struct Plan {
  Direction direction = Direction::upgrade;
  std::vector<PlanStep> steps;  ///< in the order they run
  std::vector<HeldRevision> held;
  /// Revisions left out because what they build on, or depend on, is held.
  std::vector<RevisionId> behind_holds;

  [[nodiscard]] bool empty() const { return steps.empty(); }
};

/// What the planner needs to know of the run.
struct PlanScope {
  std::vector<std::string> branches;         ///< selected, in order; never empty
  bool through_holds = false;                ///< --through-holds
  std::set<std::string> branches_with_rows;  ///< holds stop only here
};

/// Target forms: SPEC §2. Throws Error{ambiguous_target}, Error{unknown_target}, or Error{invalid_graph} for a branch
/// with several heads. An upgrade brings in ancestors and dependencies that are missing, from any branch.
Plan plan_upgrade(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows, std::string_view target,
                  const PlanScope& scope);

/// Takes back everything that is applied and is not the target nor one of its ancestors within the target's branch,
/// dependents in other branches included, newest first; unknown revisions by what their rows say of their parents.
Plan plan_downgrade(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows, std::string_view target,
                    const PlanScope& scope);

/// Per branch, what `status` and `current` tell.
struct BranchStatus {
  std::string branch;
  std::vector<RevisionId> current;  ///< applied with nothing applied above it
  std::vector<RevisionId> heads;
  std::vector<RevisionId> applied;  ///< in the order of the graph
  std::vector<RevisionId> pending;
  std::vector<HeldRevision> held;  ///< pending and held
  std::vector<RevisionId> skipped;
  std::vector<RevisionId> in_progress;
  std::vector<RevisionId> unknown;  ///< in the version table only
};
std::vector<BranchStatus> status_of(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                                    const std::vector<std::string>& branches);

/// Applied revisions whose text on disk is another now. One that is half-way up is none: its file may be mended.
struct ChecksumMismatch {
  RevisionId id;
  std::string file;
  Checksum on_disk;
  Checksum recorded;
};
std::vector<ChecksumMismatch> checksum_mismatches(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                                                  const std::vector<std::string>& branches);

/// A target that names exactly one revision (for show, stamp, --sql's FROM). Throws as plan_upgrade() does.
RevisionIndex resolve_revision(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                               std::string_view target, const std::vector<std::string>& branches);

}  // namespace dbmigrate
