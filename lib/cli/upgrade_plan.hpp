// The plan of an upgrade, with everything that stands against one; shared by what looks and what runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/context.hpp"
#include "cli/run_command.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {

/// Throws what stands against it: changed files, unknown revisions, branches that nobody chose.
Plan upgrade_plan(Context& context, const RunRequest& request, Session& session, const LedgerState& state);

/// What was held, with the command that goes on; `held[]`.
void tell_holds(Context& context, const Plan& plan);

/// `upgrade --sql`, and `dry-run --sql`.
void write_upgrade_script(Context& context, const RunRequest& request);

}  // namespace dbmigrate
