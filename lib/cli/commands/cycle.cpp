// `dbmigrate cycle`: every revision up, down and up again on a throwaway PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/json.hpp"
#include "embedded/server_binaries.hpp"
#include "planner/plan.hpp"
#include "report/cycle_report.hpp"
#include "report/junit.hpp"
#include "validation/contract_checks.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kJunit = "junit";

struct Options {
  std::string target = "head";
  std::string fixtures;
  bool accept_skipped = false;
  bool archive_orphans = false;
};

/// Everything up to the target, of the branches that it depends on as well. Nothing is held here: there is nobody that
/// a hold would protect.
std::vector<RevisionIndex> revisions_up_to(const Options& options, Context& context) {
  const auto& graph = context.graph();
  const PlanScope scope{.branches = context.branches(), .through_holds = true, .branches_with_rows = {}};
  std::vector<RevisionIndex> revisions;
  for (const auto& step : plan_upgrade(graph, {}, options.target, scope).steps) {
    if (const auto index = graph.find(step.id)) revisions.push_back(*index);
  }
  return revisions;
}

std::vector<AppliedRevision> rows_of(const RevisionGraph& graph, const std::vector<RevisionIndex>& revisions) {
  std::vector<AppliedRevision> rows;
  for (const auto index : revisions) {
    AppliedRevision row;
    row.id = graph.migration(index).id;
    row.checksum = graph.migration(index).checksum;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Those that a revision names, and those that began by themselves.
std::vector<const Contract*> in_force(const RevisionGraph& graph, const Contracts& contracts, ContractOutlook& outlook,
                                      const std::vector<RevisionIndex>& revisions) {
  const auto rows = rows_of(graph, revisions);
  auto found = contracts_named(contracts, rows);
  for (const auto* contract : outlook.of(rows, {}).in_force) {
    if (std::find(found.begin(), found.end(), contract) == found.end()) found.push_back(contract);
  }
  return found;
}

JunitCase junit_case(const CycledRevision& revision) {
  std::string text;
  for (const auto& line : lines_about(revision)) text += line + '\n';
  JunitCase one{.outcome = JunitCase::Outcome::passed,
                .suite = revision.id.branch,
                .name = revision.id.name,
                .message = std::string(name_of(revision.verdict)),
                .text = text,
                .took = revision.took};
  if (!passes(revision.verdict)) {
    one.outcome = JunitCase::Outcome::failed;
  } else if (revision.verdict == CycleVerdict::irreversible || revision.verdict == CycleVerdict::skipped) {
    one.outcome = JunitCase::Outcome::skipped;
    if (!revision.notes.empty()) one.message += ": " + revision.notes.back();
  } else if (revision.verdict != CycleVerdict::restores) {
    one.text = one.message + "\n" + text;
  }
  return one;
}

/// The run as the user sees it while it goes on.
class CycleView {
 public:
  explicit CycleView(Context& context) : context_(context), junit_(*context.output().format == kJunit) {}

  void progress(const CycleProgress& progress) {
    now_ = progress.id;
    context_.console().progress(
        fmt::format("[{}/{}] {}: {} …", progress.number, progress.total, progress.id.text(), progress.stage));
  }
  void finished(const CycledRevision& revision) {
    context_.console().progress("");
    all_.push_back(revision);
    if (!junit_) {
      show_cycled(context_.report(), revision);
      return;
    }
    cases_.push_back(junit_case(revision));
  }
  void broke(const Error& error) {
    context_.console().progress("");
    const auto& info = error.info();
    std::string text = info.at ? info.at->text() + '\n' : "";
    for (const auto& part : {info.detail, info.hint}) text += part.empty() ? "" : part + '\n';
    cases_.push_back({.outcome = JunitCase::Outcome::broken,
                      .suite = now_.branch,
                      .name = now_.name,
                      .message = info.message,
                      .text = std::move(text),
                      .took = Milliseconds{0}});
    if (junit_) context_.report().script(junit_xml("dbmigrate cycle", cases_));
  }
  ExitCode end() {
    if (junit_) {
      context_.report().script(junit_xml("dbmigrate cycle", cases_));
    } else {
      show_cycle_summary(context_.report(), all_);
    }
    const bool all_pass = std::all_of(all_.begin(), all_.end(), [](const auto& one) { return passes(one.verdict); });
    return all_pass ? ExitCode::done : ExitCode::findings;
  }

 private:
  Context& context_;
  bool junit_;
  RevisionId now_;
  std::vector<CycledRevision> all_;
  std::vector<JunitCase> cases_;
};

ExitCode run(const Options& options, Context& context) {
  const auto& graph = context.graph();
  const auto revisions = revisions_up_to(options, context);
  const Fixtures fixtures(graph, options.fixtures);
  ContractOutlook outlook(graph, context.contracts());
  CycleView view(context);
  CycleOptions cycling{.fixtures = &fixtures, .running = {}, .contracts_after = {}, .progress = {}, .finished = {}};
  cycling.running.contracts = &context.contracts();
  if (options.accept_skipped) cycling.running.agreed.emplace_back("accept_skipped");
  if (options.archive_orphans) cycling.running.agreed.emplace_back("archive_orphans");
  cycling.contracts_after = [&](const auto& effective) {
    return in_force(graph, context.contracts(), outlook, effective);
  };
  cycling.progress = [&](const CycleProgress& progress) { view.progress(progress); };
  cycling.finished = [&](const CycledRevision& revision) { view.finished(revision); };
  context.report().result()["revisions"] = Json::array();

  const auto binaries = find_server_binaries(*context.settings().server_bin);
  context.report().result()["server_version"] = binaries.version;
  context.report().note(fmt::format("cycling on PostgreSQL {}", binaries.version));
  RehearsalServer server(binaries, context.clock());
  try {
    cycle(server, graph, revisions, cycling);
  } catch (const Error& error) {
    view.broke(error);
    throw;
  }
  return view.end();
}

}  // namespace

Command cycle_command() {
  return {.name = "cycle",
          .purpose = "Prove every downgrade: up, down and up again on a throwaway PostgreSQL",
          .section = Section::proof,
          .reach = Reach::rehearsal,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("target", options->target, "Up to where: head, ID, BRANCH@ID, +N")
                .default_is("head")
                .completes(Completes::revision);
            flags
                .add_option("--fixtures", options->fixtures,
                            "Rows to load: DIR/BRANCH/REVISION.sql runs before that revision does")
                .value("DIR")
                .default_is("the folder fixtures of each branch")
                .completes(Completes::directory);
            flags.add_flag("--accept-skipped", options->accept_skipped,
                           "Go on without the rows that a data migration skipped, as `upgrade --accept-skipped` does");
            flags.add_flag("--archive-orphans", options->archive_orphans,
                           "Leave rows whose parents are gone in the archive, as `upgrade --archive-orphans` does");
            return [options](Context& context) { return run(*options, context); };
          },
          .formats = {std::string(kJunit)},
          .description =
              "Runs each revision of the selected branches on a throwaway PostgreSQL, on a copy of a database that "
              "holds what the revision builds on: catalog and rows are read, the revision goes up, down and up again, "
              "and what is there is compared each time. Rows come from fixtures. A revision that adopts is cycled once "
              "more where its objects are there already. Holds are passed, since a throwaway database has no users.\n\n"
              "Verdicts that pass: restores; order_only, a column that came back stands last; clock, something is "
              "called by the day; irreversible and skipped, as the revision says. Those that do not, with what is "
              "wrong: group, it restores only together with revisions below it; rows_left; differs; down_fails; "
              "up_again_fails. The first of those makes the exit status 8.",
          .examples = {{"cycle", "Cycles every revision of every branch."},
                       {"cycle --branch life_graph --format junit", "Prints a report for a CI system."}},
          .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::findings}};
}

}  // namespace dbmigrate
