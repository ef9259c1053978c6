// `dbmigrate repair`: accept changed files and settle stale rows, each named and logged.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/run_command.hpp"
#include "core/json.hpp"
#include "descriptor/declared_extensions.hpp"
#include "ledger/stored_steps.hpp"
#include "planner/plan.hpp"
#include "report/run_report.hpp"
#include "validation/gone_revisions.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::vector<std::string> applied;
  std::vector<std::string> absent;
  std::string change;
};

/// A row as the version table has it, by `BRANCH@ID` or by an id that only one branch has.
AppliedRevision row_named(const LedgerState& state, const std::string& name) {
  std::vector<const AppliedRevision*> found;
  for (const auto& row : state.rows) {
    if (row.id.text() == name || row.id.name == name) found.push_back(&row);
  }
  if (found.size() == 1) return *found.front();
  throw Error({.code = found.empty() ? ErrorCode::unknown_target : ErrorCode::ambiguous_target,
               .message = fmt::format("{} has {} rows in the version table", name, found.size()),
               .hint = "Name the row in full, BRANCH@ID; `dbmigrate status` lists them."});
}

RowChange change_of(const AppliedRevision& before, std::optional<AppliedRevision> after, std::string message) {
  HistoryEvent event{.event = "repair",
                     .id = before.id,
                     .from_state = std::string(name_of(before.state)),
                     .to_state = after ? std::string(name_of(after->state)) : "",
                     .message = std::move(message)};
  return {.id = before.id, .row = std::move(after), .event = std::move(event)};
}

/// The row with what the files say now.
AppliedRevision with_files(AppliedRevision row, const RevisionGraph& graph) {
  if (const auto index = graph.find(row.id)) {
    const auto& migration = graph.migration(*index);
    row.checksum = migration.checksum;
    row.description = migration.description;
    row.parents = migration.parents;
    row.down_steps = stored_down_steps(migration);
    row.extensions = declared_extensions(migration);
  }
  return row;
}

std::vector<RowChange> accepted_checksums(Context& context, const LedgerState& state) {
  std::vector<RowChange> changes;
  for (const auto& mismatch : checksum_mismatches(context.graph(), state.rows, context.branches())) {
    const auto row = row_named(state, mismatch.id.text());
    changes.push_back(change_of(row, with_files(row, context.graph()),
                                fmt::format("accepted {}: checksum {} becomes {}", mismatch.file,
                                            mismatch.recorded.short_form(), mismatch.on_disk.short_form())));
  }
  return changes;
}

bool is_changed(const std::vector<RowChange>& changes, const RevisionId& id) {
  return std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return change.id == id; });
}

/// Rows of revisions that somebody has undone by hand, as far as they are still the rows that were looked at.
std::vector<RowChange> settled_as_gone(const std::vector<GoneRevision>& gone, const LedgerState& state) {
  std::vector<RowChange> changes;
  for (const auto& one : gone) {
    const auto row = std::find_if(state.rows.begin(), state.rows.end(), [&](const AppliedRevision& candidate) {
      return candidate.id == one.row.id && candidate.run_id == one.row.run_id && candidate.state == one.row.state;
    });
    if (row == state.rows.end()) continue;
    changes.push_back(change_of(*row, std::nullopt, "settled as not applied: nothing of it is there any more"));
  }
  return changes;
}

std::vector<RowChange> changes_for(Context& context, const Options& options, const std::vector<GoneRevision>& gone,
                                   const LedgerState& state) {
  std::vector<RowChange> changes;
  for (const auto& name : options.applied) {
    const auto row = row_named(state, name);
    auto settled = with_files(row, context.graph());
    settled.state = RevisionState::applied;
    settled.direction = Direction::upgrade;
    settled.steps_done = settled.steps_total = std::max(row.steps_total, 1);
    settled.step_hashes.clear();
    changes.push_back(change_of(row, std::move(settled), "settled as applied by hand"));
  }
  for (const auto& name : options.absent) {
    changes.push_back(change_of(row_named(state, name), std::nullopt, "settled as not applied by hand"));
  }
  for (auto& change : settled_as_gone(gone, state)) {
    if (!is_changed(changes, change.id)) changes.push_back(std::move(change));
  }
  for (auto& change : accepted_checksums(context, state)) {
    if (!is_changed(changes, change.id)) changes.push_back(std::move(change));
  }
  return changes;
}

void tell(Report& report, const std::vector<RowChange>& changes, bool control_restored) {
  Json repairs = Json::array();
  if (control_restored) {
    report.line("repaired the control row, which was gone");
    repairs.push_back({{"branch", nullptr}, {"revision", nullptr}, {"message", "the control row was put back"}});
  }
  for (const auto& change : changes) {
    report.line(fmt::format("repaired {}: {}", change.id.text(), change.event.message));
    repairs.push_back({{"branch", change.id.branch}, {"revision", change.id.name}, {"message", change.event.message}});
  }
  if (repairs.empty()) report.line("nothing to repair");
  report.result()["repairs"] = std::move(repairs);
}

void point_at_stale_rows(Report& report, const LedgerState& before, const std::vector<RowChange>& changes) {
  for (const auto& row : before.rows) {
    if (row.state != RevisionState::in_progress || is_changed(changes, row.id)) continue;
    report.line(fmt::format("{} is in progress ({}, {} of {} steps): `dbmigrate {}` goes on with it", row.id.text(),
                            name_of(row.direction), row.steps_done, row.steps_total, name_of(row.direction)));
    report.line(fmt::format("  after settling it by hand: --applied {0} or --absent {0}", row.id.text()));
  }
}

ExitCode run(const Options& options, Context& context) {
  RunReport run_report(context.report());
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, "repair");
  database.session_for_run();
  const auto gone = gone_revisions(database.session(), context.graph(), database.state().rows, context.branches());
  if (!changes_for(context, options, gone, database.state()).empty()) ask_where_protected(context, "repair");
  const bool control_restored = database.ledger().restore_control();
  const LedgerState before = database.state();
  auto run_options = database.run_options();
  run_options.identity.change = options.change;
  Executor executor(std::move(run_options), context.clock(), run_report, database.take_session());
  const auto changes =
      executor.change_rows([&](const LedgerState& state) { return changes_for(context, options, gone, state); });

  tell(context.report(), changes, control_restored);
  point_at_stale_rows(context.report(), before, changes);
  return ExitCode::done;
}

}  // namespace

Command repair_command() {
  return {
      .name = "repair",
      .purpose = "Accept changed files and settle stale rows",
      .section = Section::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("--applied", options->applied, "Settle this row as applied; repeatable").value("BRANCH@ID");
        flags.add_option("--absent", options->absent, "Take this row away; repeatable").value("BRANCH@ID");
        flags.add_option("--change", options->change, "A ticket or reason, kept in the history").value("TEXT");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "Accepts the text of every applied revision whose file was changed: its checksum and its stored "
          "downgrade become those of the file. Takes away the rows of revisions that somebody has undone by hand: "
          "those "
          "of whose tables and views none is there any more. Puts the control row of the version table back where it "
          "is gone. "
          "Rows that are in progress are left alone, since running the command again finishes them; only where "
          "that cannot work, settle them with --applied or --absent after mending the database by hand.\n\n"
          "Every change is named and logged. Nothing is run.",
      .examples = {{"repair", "Accepts changed files."},
                   {"repair --absent life_graph@003_enhance_documents",
                    "Says that this revision, undone by hand, is not applied."}},
      .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::refused}};
}

}  // namespace dbmigrate
