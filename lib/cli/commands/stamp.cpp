// `dbmigrate stamp`: record revisions without running them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/run_command.hpp"
#include "core/json.hpp"
#include "descriptor/declared_extensions.hpp"
#include "executor/preflight.hpp"
#include "ledger/stored_steps.hpp"
#include "planner/plan.hpp"
#include "report/run_report.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string target;
  bool verify = false;
  std::string change;
};

AppliedRevision stamped_row(const Migration& migration, const std::string& run_id) {
  AppliedRevision row{.id = migration.id,
                      .state = RevisionState::stamped,
                      .parents = migration.parents,
                      .checksum = migration.checksum,
                      .description = migration.description,
                      .down_steps = stored_down_steps(migration),
                      .steps_done = 1,
                      .steps_total = 1,
                      .extensions = declared_extensions(migration),
                      .run_id = run_id};
  for (const auto& other : migration.depends_on) row.depends_on.push_back(other.text());
  return row;
}

RowChange change_to(RevisionId id, std::optional<AppliedRevision> row, const std::optional<AppliedRevision>& before) {
  HistoryEvent event{.event = "stamp",
                     .id = id,
                     .from_state = before ? std::string(name_of(before->state)) : "",
                     .to_state = row ? "stamped" : "",
                     .message = row ? "" : "row removed"};
  return {.id = std::move(id), .row = std::move(row), .event = std::move(event)};
}

/// What is above the target goes, what is missing up to it comes.
std::vector<RowChange> changes_for(Context& context, const Options& options, const LedgerState& state,
                                   const std::string& run_id) {
  const PlanScope scope{.branches = context.branches(), .through_holds = true};
  const auto& graph = context.graph();
  std::vector<RowChange> changes;
  const bool to_base = options.target == "base" || options.target.ends_with("@base");
  if (!to_base) {
    for (const auto& step : plan_upgrade(graph, state.rows, options.target, scope).steps) {
      changes.push_back(change_to(step.id, stamped_row(*step.migration, run_id), step.row));
    }
  }
  if (changes.empty()) {
    for (const auto& step : plan_downgrade(graph, state.rows, options.target, scope).steps) {
      changes.push_back(change_to(step.id, std::nullopt, step.row));
    }
  }
  return changes;
}

/// The rows as they would be.
std::vector<AppliedRevision> after(std::vector<AppliedRevision> rows, const std::vector<RowChange>& changes) {
  for (const auto& change : changes) {
    std::erase_if(rows, [&](const AppliedRevision& row) { return row.id == change.id; });
    if (change.row) rows.push_back(*change.row);
  }
  return rows;
}

/// What else the database has is no reason to refuse: the rows say what is there, not what is not.
void require_match(Context& context, Database& database, const std::vector<RowChange>& changes) {
  const auto expected = expected_state(context.graph(), after(database.state().rows, changes));
  require_known(expected);
  auto comparison = compare(expected.catalog, read_snapshot(database.session(), database.run_options().version_schema));
  std::erase_if(comparison.differences, [](const Difference& one) { return one.kind == Difference::Kind::unexpected; });
  if (comparison.differences.empty()) return;
  throw Error({.code = ErrorCode::expectation_failed,
               .message = "the database is not what it would be recorded as",
               .detail = review_text(comparison.differences),
               .hint = "Stamp the revision that it is at, or bring it there first; nothing was recorded."});
}

ExitCode run(const Options& options, Context& context) {
  RunReport run_report(context.report());
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, "stamp");
  database.session_for_run();
  auto run_options = database.run_options();
  run_options.identity.change = options.change;
  const std::string run_id = run_options.identity.run_id;
  if (const auto changes = changes_for(context, options, database.state(), run_id); !changes.empty()) {
    if (options.verify) require_match(context, database, changes);
    ask_where_protected(context, fmt::format("stamp {}", options.target));
  }
  Executor executor(std::move(run_options), context.clock(), run_report, database.take_session());
  const auto changes =
      executor.change_rows([&](const LedgerState& state) { return changes_for(context, options, state, run_id); });

  Json revisions = Json::array();
  for (const auto& change : changes) {
    const std::string state = change.row ? "stamped" : "removed";
    context.report().line(fmt::format("{} {}", state, change.id.text()));
    revisions.push_back({{"branch", change.id.branch}, {"revision", change.id.name}, {"state", state}});
  }
  context.report().result()["revisions"] = std::move(revisions);
  if (changes.empty()) context.report().line(fmt::format("nothing to do: the version table is at {}", options.target));
  return ExitCode::done;
}

}  // namespace

Command stamp_command() {
  return {
      .name = "stamp",
      .purpose = "Record revisions as in effect without running them",
      .section = Section::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("target", options->target, "Where the database is: head, ID, BRANCH@ID or base")
            .required()
            .completes(Completes::revision);
        flags.add_flag("--verify", options->verify,
                       "Compare the catalog first; exit 8 when it is not what the target leaves behind");
        flags.add_option("--change", options->change, "A ticket or reason, kept in the history").value("TEXT");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "Writes the rows of the target and everything that it builds on, as stamped, and takes away the rows "
          "above it. Nothing is run. With --verify the database is compared with the catalog files of what would be "
          "recorded, and a difference stops the command; without, only say what you know to be true. Each row is "
          "named and logged.",
      .examples = {{"stamp life_graph@002", "Says that this branch is at the revision that begins with 002."},
                   {"stamp base --branch persons", "Forgets what was recorded of that branch."}},
      .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::findings, ExitCode::refused}};
}

}  // namespace dbmigrate
