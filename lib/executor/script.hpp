// A plan as a script for psql, version rows included.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "executor/run_options.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {

/// Applies with `psql -v ON_ERROR_STOP=1 -f` and leaves the rows that a run would leave. Stops before a revision whose
/// parents are not there or that is there already. Throws what a run would throw before it starts.
std::string script_of(const Plan& plan, const RunOptions& options);

}  // namespace dbmigrate
