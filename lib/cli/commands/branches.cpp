// `dbmigrate branches`: the branches of the migrations directory, from the files alone.
// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "report/graph_report.hpp"

namespace dbmigrate {
namespace {

ExitCode run(Context& context) {
  show_branches(context.report(), context.graph(), context.branches());
  return ExitCode::done;
}

}  // namespace

Command branches_command() {
  return {.name = "branches",
          .purpose = "List the branches with their revisions and heads",
          .section = Section::project,
          .reach = Reach::files,
          .declare = [](FlagSet&) -> Runner { return run; },
          .description =
              "Reads the files only. Each folder of the migrations directory is a branch; migrations that "
              "lie directly in it are the branch main.",
          .examples = {{"branches", "One line for each branch."}}};
}

}  // namespace dbmigrate
