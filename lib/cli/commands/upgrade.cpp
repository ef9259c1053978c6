// `dbmigrate upgrade`: apply what is pending up to a target.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/dry_run.hpp"
#include "cli/run_command.hpp"
#include "cli/upgrade_plan.hpp"
#include "preview/plan_file.hpp"

namespace dbmigrate {
namespace {

struct Options {
  RunRequest request{.command = "upgrade", .target = "head"};
  bool sql = false;
  bool dry_run = false;
  std::string plan_file;
  std::string max_risk;
  std::string report_file;
  bool accept_skipped = false;
  bool archive_orphans = false;
};

void require_sense(const Options& options) {
  if (!options.report_file.empty()) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--report needs --dry-run",
                 .hint = "Add --dry-run, or use `dbmigrate dry-run --report FILE`."});
  }
  if (!options.plan_file.empty() && (options.request.target != "head" || options.request.through_holds)) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--plan brings its own target",
                 .hint = "Leave out the target and --through-holds; they are in the plan."});
  }
}

ExitCode run(const Options& options, Context& context) {
  if (options.sql) {
    write_upgrade_script(context, options.request);
    return ExitCode::done;
  }
  if (options.dry_run) {
    return dry_run(context, {.run = options.request, .report_file = options.report_file},
                   [&](Session& session, const LedgerState& state) {
                     return upgrade_plan(context, options.request, session, state);
                   });
  }
  require_sense(options);
  RunRequest request = options.request;
  std::optional<PlanFile> written;
  if (!options.plan_file.empty()) written = read_plan_file(context.world().working_directory / options.plan_file);
  if (written) {
    request.target = written->target;
    request.through_holds = written->through_holds;
  }
  const Planning planning = [&](Session& session, const LedgerState& state) {
    Plan plan = upgrade_plan(context, request, session, state);
    if (written) {
      const auto now = plan_file_of(plan, request.target, request.through_holds, state, session,
                                    *context.settings().version_schema, *context.settings().directory);
      require_same_plan(*written, now, context.world().working_directory / options.plan_file);
    }
    return plan;
  };
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, request.command);
  guard_against_risk(context, database, request, planning, options.max_risk);
  const Plan plan = carry_out(context, database, request, planning);
  if (plan.empty() && plan.held.empty()) {
    context.report().line(fmt::format("nothing to do: {} is applied already", request.target));
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
        flags.add_flag("--dry-run", options->dry_run, "Tell what would happen instead, as `dry-run` does");
        flags.add_option("--report", options->report_file, "With --dry-run: a page for a browser as well")
            .value("FILE")
            .completes(Completes::file);
        flags.add_option("--plan", options->plan_file, "Carry out this plan of `dry-run --out`, or refuse")
            .value("FILE")
            .completes(Completes::file);
        flags
            .add_option("--max-risk", options->max_risk,
                        "Refuse a plan with findings above this level; in a protected environment warning")
            .one_of({"none", "info", "warning", "error"})
            .value("LEVEL");
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
          "`--sql FROM:TO` needs no database: it takes the version table to be at FROM.\n\n"
          "With --max-risk, and in a protected environment, the plan is rehearsed first as `dry-run` does it: the risk "
          "is told in one line, and a plan with findings above the level is refused unless a file lets them pass with "
          "`-- dbmigrate: allow RULE-ID reason`. On a terminal the line is told always; it is then from the text of "
          "the "
          "migrations and the sizes of the tables alone. `--plan FILE` carries out what "
          "`dry-run --out FILE` was asked about; it refuses when a file below the migrations directory, the version "
          "table or the schema of the database has changed since.",
      .examples = {{"upgrade head", "Applies everything that is pending in the selected branches."},
                   {"upgrade life_graph@002", "Applies that branch up to the revision that begins with 002."},
                   {"upgrade --sql base:head", "Prints the whole way up as a script."}},
      .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch,
                ExitCode::findings, ExitCode::part_way, ExitCode::refused, ExitCode::interrupted,
                ExitCode::terminated}};
}

}  // namespace dbmigrate
