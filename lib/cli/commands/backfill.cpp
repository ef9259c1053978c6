// `dbmigrate backfill …`: look at data migrations, hold them, take them up again.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/run_command.hpp"
#include "core/json.hpp"
#include "executor/preflight.hpp"
#include "report/backfill_report.hpp"
#include "report/run_report.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string name;
  std::string change;
};

bool selected(Context& context, const BackfillRow& row) {
  if (context.settings().branches->empty()) return true;
  const auto& branches = context.branches();
  return std::find(branches.begin(), branches.end(), row.id.revision.branch) != branches.end();
}

std::vector<BackfillRow> rows_of(Context& context, Database& database) {
  auto rows = BackfillRows(database.session(), *context.settings().version_schema).all();
  std::erase_if(rows, [&](const auto& row) { return !selected(context, row); });
  return rows;
}

bool fits(const BackfillRow& row, const std::string& name) {
  const auto& id = row.id;
  return name.empty() || name == id.name || name == id.text() || name == id.revision.text() ||
         name == id.revision.name || name == fmt::format("{}/{}", id.revision.name, id.name);
}

/// The one backfill that `name` says; without a name the only one there is.
BackfillRow row_named(const std::vector<BackfillRow>& rows, const std::string& name) {
  std::vector<const BackfillRow*> found;
  for (const auto& row : rows) {
    if (fits(row, name)) found.push_back(&row);
  }
  if (found.size() == 1) return *found.front();
  std::string list;
  for (const auto& row : rows) list += (list.empty() ? "" : ", ") + row.id.text();
  throw Error({.code = found.empty() ? ErrorCode::unknown_target : ErrorCode::ambiguous_target,
               .message = found.empty()
                              ? fmt::format("no backfill {}has begun in this database",
                                            name.empty() ? "" : fmt::format("called {} ", name))
                              : fmt::format("{} backfills fit{}", found.size(), name.empty() ? "" : " " + name),
               .detail = list.empty() ? "" : fmt::format("There are: {}.", list),
               .hint = found.empty() ? "A backfill begins when its revision is applied: `dbmigrate upgrade`."
                                     : "Name it in full, as BRANCH@REVISION/NAME."});
}

ExitCode run_status(const Options& options, Context& context) {
  Database database(context, "backfill status");
  auto rows = rows_of(context, database);
  if (!options.name.empty()) rows = {row_named(rows, options.name)};
  const BackfillRows table(database.session(), *context.settings().version_schema);
  std::vector<std::vector<BackfillFailure>> failures;
  for (const auto& row : rows) failures.push_back(table.failures(row.id, 100));
  show_backfills(context.report(), rows, failures);
  return ExitCode::done;
}

enum class Hold { pause, resume };

ExitCode run_hold(const Options& options, Context& context, Hold hold) {
  const bool pause = hold == Hold::pause;
  Database database(context, pause ? "backfill pause" : "backfill resume");
  auto& session = database.session_for_run();
  const auto row = row_named(rows_of(context, database), options.name);
  const BackfillRows table(session, *context.settings().version_schema);
  std::string begin = "BEGIN READ WRITE; SET LOCAL lock_timeout = '30s';";
  const auto& role = *context.settings().role;
  if (!role.empty()) begin += fmt::format("SET LOCAL ROLE {};", sql::quote_identifier(role));
  const auto results = session.run(begin + (pause ? table.pause_sql(row.id) : table.resume_sql(row.id)));
  session.run("COMMIT");
  const bool changed = results.back().affected() == 1;
  const std::string_view outcome =
      pause ? (changed ? "paused" : "was paused already") : (changed ? "goes on" : "was not paused");
  context.report().line(fmt::format("{} {}", row.id.text(), outcome));
  context.report().result() = {{"branch", row.id.revision.branch},
                               {"revision", row.id.revision.name},
                               {"name", row.id.name},
                               {"changed", changed},
                               {"paused", pause}};
  return ExitCode::done;
}

/// The step as the files have it.
const Backfill& step_of(Context& context, const BackfillId& id) {
  const auto node = context.graph().find(id.revision);
  if (node && id.direction == Direction::upgrade) {
    for (const auto& step : context.graph().migration(*node).up) {
      if (step.backfill() != nullptr && step.backfill()->name == id.name) return *step.backfill();
    }
  }
  throw Error({.code = ErrorCode::unknown_revision,
               .message = fmt::format("the files do not have the backfill {}", id.text()),
               .detail = fmt::format("Looked for it in {}.", context.settings().directory->string()),
               .hint = "Use a checkout that has the revision."});
}

/// A revision that is still in progress is gone on with as a whole, so that afterwards it is applied.
ExitCode finish_revision(const Options& options, Context& context, Database& database, const BackfillId& id,
                         const std::string& command) {
  context.branches();  // wrong files are told before anything runs
  const RunRequest request{.command = command, .target = id.revision.text(), .change = options.change};
  carry_out(context, database, request, [&](Session&, const LedgerState& state) {
    require_same_checksums(context.graph(), state, context.branches());
    return plan_upgrade(context.graph(), state.rows, request.target,
                        {.branches = context.branches(), .through_holds = true});
  });
  return ExitCode::done;
}

ExitCode run_again(const Options& options, Context& context, BackfillMode mode) {
  const std::string command = mode == BackfillMode::retry ? "backfill retry" : "backfill run";
  Database database(context, command);
  database.session_for_run();
  const auto row = row_named(rows_of(context, database), options.name);
  const auto& state = database.state();
  const auto revision = std::find_if(state.rows.begin(), state.rows.end(),
                                     [&](const AppliedRevision& one) { return one.id == row.id.revision; });
  if (revision != state.rows.end() && revision->state == RevisionState::in_progress) {
    if (revision->direction == Direction::upgrade) return finish_revision(options, context, database, row.id, command);
    throw Error({.code = ErrorCode::part_way,
                 .message = fmt::format("revision {} is on its way down", row.id.revision.text()),
                 .hint = "Run `dbmigrate downgrade` again, which goes on with it."});
  }
  require_same_checksums(context.graph(), state, context.branches());
  const auto& backfill = step_of(context, row.id);
  ask_where_protected(context, fmt::format("{} {}", command, row.id.text()));

  RunReport report(context.report());
  RunOptions run_options = database.run_options();
  run_options.tells_every_row = context.report().verbosity() == Verbosity::verbose;
  run_options.identity.change = options.change;
  Executor executor(std::move(run_options), context.clock(), report, database.take_session());
  executor.run_backfill(backfill, row.id, mode);
  return ExitCode::done;
}

std::shared_ptr<Options> declare_name(FlagSet& flags) {
  auto options = std::make_shared<Options>();
  flags.add_option("NAME", options->name,
                   "The backfill: NAME, REVISION or BRANCH@REVISION/NAME; only one: may be left out");
  return options;
}

std::shared_ptr<Options> declare_run(FlagSet& flags) {
  auto options = declare_name(flags);
  flags.add_option("--change", options->change, "A ticket or reason, kept in the history").value("TEXT");
  return options;
}

constexpr std::string_view kAbout =
    "A backfill is a step of a revision that changes rows in batches, each in a transaction of its own together with "
    "how far it came. It begins with the upgrade of its revision and goes on there after any interruption.";

}  // namespace

Command backfill_status_command() {
  return {.name = "backfill status",
          .purpose = "Show how far data migrations are, and which rows failed",
          .section = Section::data,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = declare_name(flags);
            return [options](Context& context) { return run_status(*options, context); };
          },
          .description = std::string(kAbout) + "\n\nReads only, and takes no lock, so that it answers while one runs.",
          .examples = {{"backfill status", "Lists every backfill that has begun, with its failed rows."}},
          .exits = {ExitCode::cannot_connect}};
}

Command backfill_run_command() {
  return {.name = "backfill run",
          .purpose = "Catch up with rows written since a backfill finished",
          .section = Section::data,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = declare_run(flags);
            return [options](Context& context) { return run_again(*options, context, BackfillMode::catch_up); };
          },
          .description = std::string(kAbout) +
                         "\n\nWith a `where` it walks the whole table again for rows that are due; without one it goes "
                         "on behind the last key. Rows that failed are tried once more. A revision that is still in "
                         "progress is finished as `upgrade` would.",
          .examples = {{"backfill run personas", "Migrates what was written or mended since."}},
          .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch, ExitCode::part_way,
                    ExitCode::refused, ExitCode::interrupted, ExitCode::terminated}};
}

Command backfill_pause_command() {
  return {.name = "backfill pause",
          .purpose = "Hold a running backfill after its current batch",
          .section = Section::data,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = declare_name(flags);
            return [options](Context& context) { return run_hold(*options, context, Hold::pause); };
          },
          .description = std::string(kAbout) +
                         "\n\nThe run that it belongs to keeps its place and waits, saying who paused it, until "
                         "`backfill resume`. It may be ended meanwhile; the pause then holds for the next run.",
          .examples = {{"backfill pause", "Pauses the only one."}},
          .exits = {ExitCode::cannot_connect, ExitCode::refused}};
}

Command backfill_resume_command() {
  return {.name = "backfill resume",
          .purpose = "Let a paused backfill go on",
          .section = Section::data,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = declare_name(flags);
            return [options](Context& context) { return run_hold(*options, context, Hold::resume); };
          },
          .description = std::string(kAbout),
          .examples = {{"backfill resume personas", "The waiting run goes on within a second."}},
          .exits = {ExitCode::cannot_connect, ExitCode::refused}};
}

Command backfill_retry_command() {
  return {.name = "backfill retry",
          .purpose = "Try the rows once more that a backfill put aside",
          .section = Section::data,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = declare_run(flags);
            return [options](Context& context) { return run_again(*options, context, BackfillMode::retry); };
          },
          .description = std::string(kAbout) +
                         "\n\nEach row that failed is tried alone. Where the revision is still in progress it is then "
                         "finished, if no more rows fail than max_failures allows.",
          .examples = {{"backfill retry personas", "Tries the quarantined rows, after their cause was mended."}},
          .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::history_mismatch, ExitCode::part_way,
                    ExitCode::refused, ExitCode::interrupted, ExitCode::terminated}};
}

}  // namespace dbmigrate
