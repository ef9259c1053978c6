// `dbmigrate upgrade`: apply what is pending up to a target.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/run_command.hpp"
#include "core/json.hpp"
#include "executor/preflight.hpp"

namespace dbmigrate {
namespace {

struct Options {
  RunRequest request{.command = "upgrade", .target = "head"};
  bool sql = false;
  bool accept_skipped = false;
  bool archive_orphans = false;
};

Plan plan_for(Context& context, const RunRequest& request, Session& session, const LedgerState& state) {
  const RevisionGraph& graph = context.graph();
  const auto& branches = context.branches();
  require_same_checksums(graph, state, branches);
  require_known_revisions(graph, state, branches);
  const PlanScope scope{.branches = branches,
                        .through_holds = request.through_holds,
                        .branches_with_rows = branches_with_rows(session, graph, branches)};
  const Plan plan = plan_upgrade(graph, state.rows, request.target, scope);
  require_chosen_branches(session, plan, state, !context.settings().branches->empty(),
                          *context.settings().version_schema);
  return plan;
}

void tell_holds(Context& context, const Plan& plan) {
  Json held = Json::array();
  for (const auto& one : plan.held) {
    context.report().line(fmt::format("stopped before {}, which is held: {}", one.id.text(), one.first));
    context.report().line(fmt::format("  then go on with: dbmigrate upgrade {}", one.id.text()));
    held.push_back({{"branch", one.id.branch}, {"revision", one.id.name}, {"first", one.first}});
  }
  context.report().result()["held"] = std::move(held);
}

void write_script(const Options& options, Context& context) {
  const auto& target = options.request.target;
  const auto colon = target.find(':');
  if (colon != std::string::npos) {
    const PlanScope scope{.branches = context.branches(), .through_holds = true};
    const auto rows = rows_up_to(context, target.substr(0, colon));
    const Plan plan = plan_upgrade(context.graph(), rows, target.substr(colon + 1), scope);
    return print_script(context, options.request, rows, plan,
                        offline_options(context, options.request.command, options.request.change));
  }
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, options.request.command);
  const Plan plan = plan_for(context, options.request, database.session(), database.state());
  auto run = database.run_options();
  run.identity.change = options.request.change;
  print_script(context, options.request, database.state().rows, plan, run);
}

ExitCode run(const Options& options, Context& context) {
  if (options.sql) {
    write_script(options, context);
    return ExitCode::done;
  }
  const Plan plan = carry_out(context, options.request, [&](Session& session, const LedgerState& state) {
    return plan_for(context, options.request, session, state);
  });
  if (plan.empty() && plan.held.empty()) {
    context.report().line(fmt::format("nothing to do: {} is applied already", options.request.target));
  }
  tell_holds(context, plan);
  return ExitCode::done;
}

}  // namespace

Command upgrade_command() {
  return {
      .name = "upgrade",
      .purpose = "Apply what is pending up to a target",
      .section = Section::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        auto& request = options->request;
        flags.add_option("target", request.target, "Where to go: head, ID, BRANCH@ID, +N; with --sql also FROM:TO")
            .completes(Completes::revision);
        flags.add_flag("--sql", options->sql, "Print a script for psql instead, version rows included");
        flags.add_flag("--single-transaction", request.single_transaction, "Run everything in one transaction");
        flags.add_flag("--through-holds", request.through_holds, "Go on through held revisions");
        flags.add_flag("--accept-skipped", options->accept_skipped,
                       "Go on without the rows that a data migration skipped, where the revision can set them aside");
        flags.add_flag("--archive-orphans", options->archive_orphans,
                       "Leave rows whose parents are gone in the archive, where the revision keeps one");
        flags.add_option("--change", request.change, "A ticket or reason, kept in the history").value("TEXT");
        return [options](Context& context) {
          if (options->accept_skipped) options->request.agreed.emplace_back("accept_skipped");
          if (options->archive_orphans) options->request.agreed.emplace_back("archive_orphans");
          return run(*options, context);
        };
      },
      .description =
          "Each revision runs in one transaction together with its row in the version table, unless its file says "
          "otherwise. One run at a time: a second one waits for --wait, then gives up and names the first. Locks on "
          "tables are waited for no longer than --lock-timeout at a time; the transaction is then tried again, within "
          "--lock-retry-for, and those in the way are named.\n\n"
          "A held revision is not passed by `head` while its branch has rows: the run stops before it, says what has "
          "to be done first, and exits with 0. Interrupted runs need nothing special: run the same command again.\n\n"
          "`--sql FROM:TO` needs no database: it takes the version table to be at FROM.",
      .examples = {{"upgrade head", "Applies everything that is pending in the selected branches."},
                   {"upgrade life_graph@002", "Applies that branch up to the revision that begins with 002."},
                   {"upgrade --sql base:head", "Prints the whole way up as a script."}},
      .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch,
                ExitCode::findings, ExitCode::part_way, ExitCode::refused, ExitCode::interrupted,
                ExitCode::terminated}};
}

}  // namespace dbmigrate
