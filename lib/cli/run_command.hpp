// What upgrade and downgrade share: plan, ask, run, or write a script.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "cli/database.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {

struct RunRequest {
  std::string command;  ///< `upgrade`
  std::string target;
  bool single_transaction = false;
  bool through_holds = false;
  bool allow_data_loss = false;
  std::vector<std::string> agreed;  ///< RunOptions::agreed
  std::string change;               ///< --change
};

/// A plan for the version table as it is, or what stands against it.
using Planning = std::function<Plan(Session&, const LedgerState&)>;

/// Returns where the environment is open or the answer is yes; `question` without its question mark. Throws
/// Error{refused}.
void ask_where_protected(Context& context, const std::string& question);

/// Plans, asks where the environment is protected, runs, and tells. Returns the plan as it was before the run.
Plan carry_out(Context& context, const RunRequest& request, const Planning& planning);
/// On a database that is open already; its session goes to the run.
Plan carry_out(Context& context, Database& database, const RunRequest& request, const Planning& planning);

/// Prints the plan as a script for psql. `rows` is what the version table is taken to hold.
void print_script(Context& context, const RunRequest& request, const std::vector<AppliedRevision>& rows,
                  const Plan& plan, const RunOptions& options);

/// Options of a run that never connects: for scripts from files alone.
RunOptions offline_options(Context& context, const std::string& command, const std::string& change);

/// Rows as if everything up to `from` were applied, dependencies included: for FROM:TO. Without downgrades.
std::vector<AppliedRevision> rows_up_to(Context& context, const std::string& from);

}  // namespace dbmigrate
