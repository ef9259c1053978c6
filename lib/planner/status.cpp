// Where a database stands: per branch, and which texts changed since they ran.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "planner/database_view.hpp"
#include "planner/plan.hpp"
#include "planner/target.hpp"

namespace dbmigrate {
namespace {

std::vector<RevisionId> ids_of(const DatabaseView& view, const std::vector<Node>& nodes) {
  std::vector<RevisionId> ids;
  for (const auto node : nodes) ids.push_back(view.id(node));
  return ids;
}

BranchStatus status_of_branch(const DatabaseView& view, const std::string& branch) {
  BranchStatus status;
  status.branch = branch;
  status.current = ids_of(view, current_of(view, branch));
  status.heads = ids_of(view, view.graph().heads(branch));
  for (const auto node : view.revisions(branch)) {
    const auto& id = view.id(node);
    if (!view.in_files(node)) status.unknown.push_back(id);
    if (view.in_state(node, RevisionState::skipped)) status.skipped.push_back(id);
    if (view.in_state(node, RevisionState::in_progress)) status.in_progress.push_back(id);
    if (view.settled(node) && view.in_files(node)) status.applied.push_back(id);
    if (view.row(node) != nullptr) continue;
    status.pending.push_back(id);
    if (const auto& hold = view.migration(node)->hold; !hold.empty()) status.held.push_back({id, hold});
  }
  return status;
}

}  // namespace

std::vector<BranchStatus> status_of(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                                    const std::vector<std::string>& branches) {
  const DatabaseView view(graph, rows);
  std::vector<BranchStatus> all;
  for (const auto& branch : branches) all.push_back(status_of_branch(view, branch));
  return all;
}

std::vector<ChecksumMismatch> checksum_mismatches(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                                                  const std::vector<std::string>& branches) {
  std::vector<std::pair<std::size_t, ChecksumMismatch>> found;
  for (const auto& row : rows) {
    if (row.state == RevisionState::skipped || row.checksum == Checksum()) continue;
    // Half-way up: what is not done yet may be mended; the step journal guards what is done.
    if (row.state == RevisionState::in_progress && row.direction == Direction::upgrade) continue;
    if (std::find(branches.begin(), branches.end(), row.id.branch) == branches.end()) continue;
    const auto index = graph.find(row.id);
    if (!index) continue;
    const auto& migration = graph.migration(*index);
    if (migration.checksum == row.checksum) continue;
    found.push_back({graph.rank(*index), {row.id, migration.file, migration.checksum, row.checksum}});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ChecksumMismatch> mismatches;
  for (auto& [rank, mismatch] : found) mismatches.push_back(std::move(mismatch));
  return mismatches;
}

}  // namespace dbmigrate
