// `dbmigrate dry-run`: what an upgrade would do, without touching the database.
// SPDX-License-Identifier: Apache-2.0
#include "cli/dry_run.hpp"

#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/upgrade_plan.hpp"

namespace dbmigrate {
namespace {

struct Options {
  DryRunRequest request{.run = {.command = "upgrade", .target = "head"}};
  bool sql = false;
  bool accept_skipped = false;
  bool archive_orphans = false;
};

ExitCode run(const Options& options, Context& context) {
  if (!options.sql) {
    return dry_run(context, options.request, [&](Session& session, const LedgerState& state) {
      return upgrade_plan(context, options.request.run, session, state);
    });
  }
  write_upgrade_script(context, options.request.run);
  return ExitCode::done;
}

}  // namespace

Command dry_run_command() {
  return {
      .name = "dry-run",
      .purpose = "Tell what an upgrade would do, without touching the database",
      .section = Section::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        auto& request = options->request;
        flags.add_option("target", request.run.target, "Where to go: head, ID, BRANCH@ID, +N")
            .completes(Completes::revision);
        flags.add_option("--clone", request.clone, "The throwaway copy of the schema that the plan is rehearsed on")
            .one_of({"auto", "required", "off"})
            .value("MODE");
        flags.add_flag("--rehearse", request.rehearse,
                       "Run it on the database itself as well, in a transaction that is rolled back");
        flags.add_option("--fail-on", request.fail_on, "Exit 8 for findings of this level or above")
            .one_of({"error", "warning", "info", "none"})
            .value("LEVEL");
        flags.add_option("--out", request.out, "Write the plan, for `upgrade --plan`")
            .value("FILE")
            .completes(Completes::file);
        flags.add_option("--report", request.report_file, "Write a page for a browser as well")
            .value("FILE")
            .completes(Completes::file);
        flags.add_flag("--sql", options->sql, "Print a script for psql instead, version rows included");
        flags.add_flag("--through-holds", request.run.through_holds, "Go on through held revisions");
        flags.add_flag("--accept-skipped", options->accept_skipped, "As `upgrade` would be told");
        flags.add_flag("--archive-orphans", options->archive_orphans, "As `upgrade` would be told");
        return [options](Context& context) {
          if (options->accept_skipped) options->request.run.agreed.emplace_back("accept_skipped");
          if (options->archive_orphans) options->request.run.agreed.emplace_back("archive_orphans");
          return run(*options, context);
        };
      },
      .description =
          "Runs the plan on a throwaway PostgreSQL that has the schema of the database and none of its rows, and reads "
          "the database itself: which locks each statement takes, what it rewrites and reads from end to end, how "
          "large those tables are, who is in the way now, which rows would make it fail, what a data migration would "
          "find, and how the schema changes. The worst comes first.\n\n"
          "The database is only read, in READ ONLY transactions; a standby and a role that may only SELECT are "
          "enough. The copy is made by pg_dump where there is one that is new enough and the role may read "
          "everything, else by running the applied revisions once more; what could not be rehearsed is listed. "
          "`--clone off` looks without one.\n\n"
          "`--rehearse` runs the plan on the database itself as well, under the migration lock, in one transaction "
          "that "
          "is rolled back: with the real rows, and with the real locks for as long as that takes, none of which is "
          "waited for longer than --lock-timeout. What cannot run in a transaction, data migrations, and what would "
          "reach beyond it are left out and named. Sequences and the write-ahead log advance.",
      .examples = {{"dry-run", "Looks at everything that is pending; exits 8 where something would fail."},
                   {"dry-run persons@head --fail-on warning", "One branch, and stricter."},
                   {"dry-run --rehearse --lock-timeout 500ms", "Tries it on the real rows and takes it back."},
                   {"dry-run --out plan.json", "Keeps the plan for `upgrade --plan plan.json`."}},
      .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch, ExitCode::findings,
                ExitCode::refused, ExitCode::interrupted, ExitCode::terminated}};
}

}  // namespace dbmigrate
