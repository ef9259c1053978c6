// `dbmigrate downgrade`: take back revisions, newest first.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/dry_run.hpp"
#include "cli/run_command.hpp"
#include "descriptor/declared_extensions.hpp"
#include "executor/preflight.hpp"
#include "ledger/stored_steps.hpp"

namespace dbmigrate {
namespace {

struct Options {
  RunRequest request{.command = "downgrade"};
  bool sql = false;
  bool dry_run = false;
};

Plan plan_for(Context& context, const RunRequest& request, const LedgerState& state) {
  require_same_checksums(context.graph(), state, context.branches());
  return plan_downgrade(context.graph(), state.rows, request.target, {.branches = context.branches()});
}

void write_script(const Options& options, Context& context) {
  const auto& target = options.request.target;
  const auto colon = target.find(':');
  if (colon != std::string::npos) {
    const auto rows = rows_up_to(context, target.substr(0, colon));
    Plan plan = plan_downgrade(context.graph(), rows, target.substr(colon + 1), {.branches = context.branches()});
    for (auto& step : plan.steps) {
      step.row->down_steps = stored_down_steps(*step.migration);
      step.row->extensions = declared_extensions(*step.migration);
    }
    return print_script(context, options.request, rows, plan,
                        offline_options(context, options.request.command, options.request.change));
  }
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, options.request.command);
  const Plan plan = plan_for(context, options.request, database.state());
  auto run = database.run_options();
  run.identity.change = options.request.change;
  print_script(context, options.request, database.state().rows, plan, run);
}

ExitCode run(const Options& options, Context& context) {
  if (options.sql) {
    write_script(options, context);
    return ExitCode::done;
  }
  const Planning planning = [&](Session&, const LedgerState& state) {
    return plan_for(context, options.request, state);
  };
  if (options.dry_run) return dry_run(context, {.run = options.request}, planning);
  const Plan plan = carry_out(context, options.request, planning);
  if (plan.empty()) {
    context.report().line(fmt::format("nothing to do: nothing above {} is applied", options.request.target));
  }
  return ExitCode::done;
}

}  // namespace

Command downgrade_command() {
  return {
      .name = "downgrade",
      .purpose = "Take back revisions, newest first",
      .section = Section::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        auto& request = options->request;
        flags.add_option("target", request.target, "The revision to go down to, base, or -N; with --sql also FROM:TO")
            .required()
            .completes(Completes::revision);
        flags.add_flag("--sql", options->sql, "Print a script for psql instead, version rows included");
        flags.add_flag("--dry-run", options->dry_run, "Tell what would happen instead, as `dry-run` does");
        flags.add_flag("--single-transaction", request.single_transaction, "Run everything in one transaction");
        flags.add_flag("--allow-data-loss", request.allow_data_loss, "Go on where rows would be lost");
        flags.add_option("--change", request.change, "A ticket or reason, kept in the history").value("TEXT");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "What runs is the downgrade that was stored in the version table when the revision was applied, so an "
          "older checkout can take back a newer release. Revisions of other branches that depend on what goes are "
          "taken back with it. The rows of an adopted revision are all that its downgrade removes.\n\n"
          "Rows that the downgrade would destroy and the upgrade did not write are counted first, for the whole plan "
          "and "
          "again in each transaction, and refused: those that the revision's `loses` names; without it all rows of the "
          "tables that it made, and rows whose added column is not its default.\n\n"
          "`--dry-run` rehearses it on a throwaway copy of the schema, tells what it locks and drops, and counts those "
          "rows; nothing is changed.",
      .examples = {{"downgrade -1 --branch life_graph", "Takes back that branch's last revision."},
                   {"downgrade life_graph@002", "Takes back everything above that revision."},
                   {"downgrade -1 --branch life_graph --dry-run", "Tells what that would do."},
                   {"downgrade base", "Takes back everything in the selected branches."}},
      .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch,
                ExitCode::findings, ExitCode::part_way, ExitCode::refused, ExitCode::interrupted,
                ExitCode::terminated}};
}

}  // namespace dbmigrate
