// `dbmigrate current`: the newest applied revision of each branch.
// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "report/status_report.hpp"

namespace dbmigrate {
namespace {

ExitCode run(Context& context) {
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, "current");
  show_current(context.report(), status_of(context.graph(), database.state().rows, context.branches()));
  return ExitCode::done;
}

}  // namespace

Command current_command() {
  return {.name = "current",
          .purpose = "Show the newest applied revision of each branch",
          .section = Section::database,
          .reach = Reach::database,
          .declare = [](FlagSet&) -> Runner { return run; },
          .description =
              "A branch that nothing is applied of is at base. Two lines for one branch mean that a merge is not "
              "applied yet.",
          .examples = {{"current", "Shows where every selected branch is."},
                       {"current --format json", "The same, for a script."}},
          .exits = {ExitCode::cannot_connect}};
}

}  // namespace dbmigrate
