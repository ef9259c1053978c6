// `dbmigrate status`: what is applied and what is pending; changes nothing.
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "report/status_report.hpp"
#include "validation/gone_revisions.hpp"

namespace dbmigrate {
namespace {

struct Options {
  bool check = false;
};

ExitCode run(const Options& options, Context& context) {
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, "status");
  const auto& rows = database.state().rows;
  const auto branches = status_of(context.graph(), rows, context.branches());
  const auto gone = gone_revisions(database.session(), context.graph(), rows, context.branches());

  show_status(context.report(), branches, rows, gone);
  return options.check && has_pending(branches) ? ExitCode::pending : ExitCode::done;
}

}  // namespace

Command status_command() {
  return {
      .name = "status",
      .purpose = "Show what is applied, pending, held, skipped, in progress and unknown",
      .section = Section::database,
      .reach = Reach::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_flag("--check", options->check, "Exit 6 when something is pending");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "One block a branch: its revisions with their state, when they were applied and how long that took. A "
          "branch whose only pending revisions are held is at \"head (N held)\" and does not count as pending. A "
          "revision "
          "that is recorded while none of its tables and views is there any more is told as gone; `dbmigrate repair` "
          "settles that.",
      .examples = {{"status", "Shows every selected branch."},
                   {"status --check", "Fails with 6 while an upgrade would have something to do."}},
      .exits = {ExitCode::cannot_connect, ExitCode::pending}};
}

}  // namespace dbmigrate
