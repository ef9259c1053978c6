// `dbmigrate heads`: the newest revisions of each branch, from the files alone.
// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/json.hpp"
#include "report/graph_report.hpp"

namespace dbmigrate {
namespace {

ExitCode run(Context& context) {
  show_heads(context.report(), context.graph(), context.branches());
  return ExitCode::done;
}

}  // namespace

Command heads_command() {
  return {.name = "heads",
          .purpose = "List the revisions that nothing builds on",
          .section = Section::project,
          .reach = Reach::files,
          .declare = [](FlagSet&) -> Runner { return run; },
          .description =
              "Reads the files only. A branch with several heads needs \"dbmigrate merge\" before \"upgrade "
              "head\" can know where to go.",
          .examples = {{"heads", "One line for each head of each selected branch."},
                       {"heads --branch persons --format json", "The same of one branch, for a script."}}};
}

}  // namespace dbmigrate
