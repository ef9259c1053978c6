// Parents and dependencies, and theirs.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/needs.hpp"

#include <algorithm>

namespace dbmigrate {

std::vector<RevisionIndex> needs_of(const RevisionGraph& graph, RevisionIndex revision) {
  std::vector<char> seen(graph.size(), 0);
  std::vector<RevisionIndex> open{revision};
  std::vector<RevisionIndex> needs;
  const auto visit = [&](RevisionIndex other) {
    if (seen[other] != 0) return;
    seen[other] = 1;
    open.push_back(other);
    needs.push_back(other);
  };
  while (!open.empty()) {
    const auto next = open.back();
    open.pop_back();
    for (const auto parent : graph.parents(next)) visit(parent);
    for (const auto dependency : graph.dependencies(next)) visit(dependency);
  }
  std::sort(needs.begin(), needs.end(), [&](auto left, auto right) { return graph.rank(left) < graph.rank(right); });
  return needs;
}

}  // namespace dbmigrate
