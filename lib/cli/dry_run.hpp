// What a dry-run does, for the commands that offer one, and the guard that rests on it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/context.hpp"
#include "cli/database.hpp"
#include "cli/run_command.hpp"
#include "core/error_code.hpp"

namespace dbmigrate {

struct DryRunRequest {
  RunRequest run;
  std::string clone = "auto";
  std::string fail_on = "error";
  bool rehearse = false;    ///< on the database itself as well, rolled back
  std::string out;          ///< file for the plan; empty = none
  std::string report_file;  ///< page for a browser; empty = none
};

/// Tells what a run of the plan would do. Findings of the level `fail_on` or above give ExitCode::findings.
ExitCode dry_run(Context& context, const DryRunRequest& request, const Planning& planning);

/// Tells the risk of the plan in one line. Where the environment is protected or a level is named, the plan is looked
/// at as by dry_run(), and Error{refused} is thrown where it is above the level; `level` empty = warning. Else it is
/// told to a terminal only, from the text and the sizes of the tables.
void guard_against_risk(Context& context, Database& database, const RunRequest& request, const Planning& planning,
                        const std::string& level);

}  // namespace dbmigrate
