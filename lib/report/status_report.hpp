// Where a database is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "planner/plan.hpp"
#include "report/report.hpp"
#include "validation/gone_revisions.hpp"

namespace dbmigrate {

/// JSON of both: `branches[] {branch, current[], heads[], applied[], pending[], held[], skipped[], in_progress[],
/// unknown[]}`; of the second also `gone[]`.
void show_current(Report& report, const std::vector<BranchStatus>& branches);
void show_status(Report& report, const std::vector<BranchStatus>& branches, const std::vector<AppliedRevision>& rows,
                 const std::vector<GoneRevision>& gone);

/// True when an upgrade would have something to do, holds left aside.
bool has_pending(const std::vector<BranchStatus>& branches);

}  // namespace dbmigrate
