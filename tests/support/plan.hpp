// Version rows and plans in one line each.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/plan.hpp"
#include "support/graph.hpp"

namespace dbmigrate {

using Rows = std::vector<AppliedRevision>;

inline std::ostream& operator<<(std::ostream& out, const PlanStep& step) { return out << step.id; }

/// `state` and `direction` of one row; parents as the ledger would have recorded them.
inline AppliedRevision row_of(std::string_view id, RevisionState state = RevisionState::applied,
                              Direction direction = Direction::upgrade, std::vector<std::string> parents = {},
                              std::vector<std::string> depends_on = {}) {
  AppliedRevision row;
  row.id = id_of(id);
  row.state = state;
  row.direction = direction;
  row.parents = std::move(parents);
  row.depends_on = std::move(depends_on);
  row.checksum = Checksum::of(row.id.text());
  return row;
}

/// Rows in state applied, of revisions that ran as their files are now.
inline Rows applied(std::initializer_list<std::string_view> ids) {
  Rows rows;
  for (const auto id : ids) rows.push_back(row_of(id));
  return rows;
}

inline Rows operator+(Rows rows, AppliedRevision row) {
  rows.push_back(std::move(row));
  return rows;
}

/// The steps of a plan, to compare with: `Steps{"right", "merge"}`.
class Steps : public std::vector<PlanStep> {
 public:
  Steps() = default;
  Steps(std::initializer_list<std::string_view> ids) {
    for (const auto id : ids) push_back({.id = id_of(id)});
  }
};

/// All branches selected; rows in none of their tables.
inline PlanScope all_of(const RevisionGraph& graph) {
  PlanScope scope;
  for (const auto& branch : graph.branches()) scope.branches.push_back(branch.name);
  return scope;
}

inline Plan plan_upgrade(const RevisionGraph& graph, const Rows& rows, std::string_view target) {
  return plan_upgrade(graph, rows, target, all_of(graph));
}

inline Plan plan_downgrade(const RevisionGraph& graph, const Rows& rows, std::string_view target) {
  return plan_downgrade(graph, rows, target, all_of(graph));
}

}  // namespace dbmigrate
