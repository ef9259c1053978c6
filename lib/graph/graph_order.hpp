// The order in which revisions run, and the cycles that leave none.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace dbmigrate {

/// A graph as bare numbers. All vectors but the last have one entry a revision.
struct OrderInput {
  using Edges = std::vector<std::vector<std::size_t>>;
  const Edges& parents;
  const Edges& children;
  const Edges& dependencies;
  const Edges& dependents;
  const std::vector<std::size_t>& branch_of;
  const std::vector<std::size_t>& place;  ///< by name within its branch: the smaller runs first among equals
  std::size_t branches;
};

/// Every revision after its parents and dependencies. A branch runs as far as it can before the next one starts, and
/// branches that others depend on come first. What a cycle holds up is left out.
std::vector<std::size_t> run_order(const OrderInput& graph);

/// One cycle from each knot of revisions that need each other: each needs the next, the last needs the first.
/// `ordered` is what run_order() gave.
std::vector<std::vector<std::size_t>> cycles(const OrderInput& graph, const std::vector<std::size_t>& ordered);

}  // namespace dbmigrate
