// `dbmigrate validate-only`: files, history, catalog and data, looked at and not touched.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog_status.hpp"
#include "catalog/dated_names.hpp"
#include "cli/command.hpp"
#include "cli/contract_validation.hpp"
#include "cli/database.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "executor/preflight.hpp"
#include "planner/plan.hpp"
#include "report/comparison_report.hpp"
#include "validation/data_checks.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string target;
  bool offline = false;
};

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string for_people(const std::string& table) {
  constexpr std::string_view kUsualSchema = "public.";
  return table.starts_with(kUsualSchema) ? table.substr(kUsualSchema.size()) : table;
}

class Validation {
 public:
  Validation(const Options& options, Context& context)
      : options_(options), context_(context), report_(context.report()), contracts_(context) {}

  ExitCode run() {
    for (const auto* const list : {"parts", "record_counts", "checks", "contracts"})
      report_.result()[list] = Json::array();
    report_.line("VALIDATING MIGRATION");
    look_at_files();
    if (options_.offline) {
      look_at_contracts(contracts_.offline(options_.target));
    } else {
      look_at_database();
    }
    report_.line(failed_ == 0 ? report_.paint()(Tone::good, "Validation: [OK]")
                              : report_.paint()(Tone::bad,
                                                fmt::format("Validation: [FAILED], {}", counted(failed_, "problem"))));
    return failed_ == 0 ? ExitCode::done : ExitCode::findings;
  }

 private:
  void look_at_files() {
    const auto& graph = context_.graph();
    std::size_t revisions = 0;
    for (const auto& branch : context_.branches()) revisions += graph.revisions(branch).size();
    part("files", {},
         fmt::format(
             "{} in {}, the graph is sound", counted(revisions, "revision"),
             context_.branches().size() == 1 ? "1 branch" : fmt::format("{} branches", context_.branches().size())));
    std::vector<std::string> problems;
    for (const auto& one : catalog_states(graph, context_.branches())) {
      if (one.state == CatalogState::fresh) continue;
      problems.push_back(fmt::format("{} is {}", path_for_people(one.path), name_of(one.state)));
    }
    if (!problems.empty()) problems.emplace_back("dbmigrate catalog writes them anew");
    part("catalog files", std::move(problems), "fresh");
    look_at_contracts(contracts_.files());
  }

  /// Nothing in a project without contracts.
  void look_at_contracts(std::vector<ContractPart> parts) {
    for (auto& one : parts) {
      part(one.name, std::move(one.problems), one.when_good);
      for (const auto& why : one.not_checked) report_.line("  not checked: " + why);
    }
    report_.result()["contracts"] = contracts_.json();
  }

  void look_at_database() {
    Database database(context_, "validate-only");
    const auto& rows = database.state().rows;
    look_at_history(database.session(), rows);
    const auto state = expected_state(context_.graph(), rows);
    std::vector<std::string> unknown;
    for (const auto& one : state.unknown) unknown.push_back(fmt::format("{}: {}", one.id.text(), one.why));
    part("expectation", std::move(unknown), fmt::format("known for {}", counted(rows.size(), "row")));
    const auto live = read_snapshot(database.session(), database.run_options().version_schema);
    look_at_catalog(live, state);
    look_at_contracts(contracts_.database(database.session(), rows));
    count(database.session(), state, live.dated_names);
    look_at_data(database.session(), rows);
    tell_verdicts(rows);
  }

  void look_at_history(Session& session, const std::vector<AppliedRevision>& rows) {
    std::vector<std::string> problems;
    for (const auto& one : checksum_mismatches(context_.graph(), rows, context_.branches())) {
      problems.push_back(fmt::format("{} is {}, the version table has {} for {}", one.file, one.on_disk.short_form(),
                                     one.recorded.short_form(), one.id.text()));
    }
    part("checksums", std::move(problems), fmt::format("{} in the version table", counted(rows.size(), "row")));
    if (options_.target.empty()) return;
    std::vector<std::string> pending;
    // As far as `upgrade` would go: head is before a held revision, its own name is behind it.
    const PlanScope scope{.branches = context_.branches(),
                          .through_holds = false,
                          .branches_with_rows = branches_with_rows(session, context_.graph(), context_.branches())};
    const auto plan = plan_upgrade(context_.graph(), rows, options_.target, scope);
    for (const auto& step : plan.steps) pending.push_back(fmt::format("{} is not applied", step.id.text()));
    part("target", std::move(pending),
         fmt::format("the database is at {} or above{}", options_.target,
                     plan.held.empty() ? "" : fmt::format(" ({} held)", plan.held.size())));
  }

  void look_at_catalog(const Snapshot& live, const ExpectedState& state) {
    auto comparison = compare(state.catalog, live);
    // What else is there is for `drift` to tell.
    std::erase_if(comparison.differences,
                  [](const Difference& one) { return one.kind == Difference::Kind::unexpected; });
    std::vector<std::string> problems;
    if (!comparison.differences.empty()) problems.push_back(counted(comparison.differences.size(), "difference"));
    part("catalog", std::move(problems),
         fmt::format("{} as expected", counted(state.catalog.objects.size(), "object")));
    show_comparison(report_, comparison);
  }

  void count(Session& session, const ExpectedState& state, const std::map<std::string, std::string>& dated_names) {
    std::vector<std::string> tables;
    for (const auto& [key, object] : state.catalog.objects) {
      if (key.kind == ObjectKind::table && is_selected(object.by))
        tables.push_back(with_days(key.identity, dated_names));
    }
    if (tables.empty()) return;
    report_.line("Table record counts:");
    const auto counts = count_records(session, tables);
    std::size_t width = 0;
    for (const auto& one : counts) width = std::max(width, for_people(one.table).size());
    for (const auto& one : counts) {
      report_.line(fmt::format("  {:{}} {}", fmt::format("{}:", for_people(one.table)), width + 1, one.rows));
      report_.result()["record_counts"].push_back({{"table", one.table}, {"rows", one.rows}});
    }
  }

  void look_at_data(Session& session, const std::vector<AppliedRevision>& rows) {
    const auto results = run_checks(session, context_.graph(), rows, context_.branches(),
                                    {.recent_writes_after = *context_.settings().recent_writes_after});
    if (!results.empty()) report_.line("Data checks:");
    for (const auto& one : results) tell(one);
  }

  void tell(const CheckResult& one) {
    const bool holds = one.outcome == CheckResult::Outcome::holds;
    if (one.is_fatal()) {
      ++failed_;
      failed_branches_.insert(one.id.branch);
    }
    auto word = report_.paint()(Tone::good, "[OK]");
    if (!holds)
      word = one.is_fatal() ? report_.paint()(Tone::bad, "[FAILED]") : report_.paint()(Tone::warning, "[WARNING]");
    if (one.severity == Severity::info) word = "[INFO]";
    const bool says = !holds || one.severity == Severity::info;
    report_.line(fmt::format("  {} {}: {}{}", word, one.id.text(), one.name, says ? ": " + one.says : ""));
    report_.result()["checks"].push_back({{"branch", one.id.branch},
                                          {"revision", one.id.name},
                                          {"name", one.name},
                                          {"outcome", name_of(one.outcome)},
                                          {"fatal", one.is_fatal()},
                                          {"found", one.says}});
  }

  /// Of each branch the newest that is in effect and has one.
  void tell_verdicts(const std::vector<AppliedRevision>& rows) {
    for (const auto& branch : context_.branches()) {
      const Verdict* verdict = nullptr;
      for (const auto index : context_.graph().revisions(branch)) {
        const auto& migration = context_.graph().migration(index);
        const bool in_effect = std::any_of(rows.begin(), rows.end(), [&](const AppliedRevision& row) {
          return row.id == migration.id && row.settled();
        });
        if (in_effect && migration.verdict) verdict = &*migration.verdict;
      }
      if (verdict == nullptr) continue;
      // What is wrong with files or history is wrong for every branch.
      const bool healthy = failed_parts_ == 0 && !failed_branches_.contains(branch);
      report_.line(healthy ? verdict->healthy : verdict->otherwise);
    }
  }

  [[nodiscard]] bool is_selected(const RevisionId& id) const {
    const auto& branches = context_.branches();
    return std::find(branches.begin(), branches.end(), id.branch) != branches.end();
  }

  /// One line, and one for each problem.
  void part(std::string_view name, std::vector<std::string> problems, const std::string& when_good) {
    const bool good = problems.empty();
    if (!good) {
      ++failed_;
      ++failed_parts_;
    }
    report_.line(fmt::format("{} {}{}",
                             good ? report_.paint()(Tone::good, "[OK]") : report_.paint()(Tone::bad, "[FAILED]"), name,
                             good ? ": " + when_good : ""));
    for (const auto& problem : problems) report_.line("  " + problem);
    report_.result()["parts"].push_back({{"name", name}, {"ok", good}, {"problems", std::move(problems)}});
  }

  const Options& options_;
  Context& context_;
  Report& report_;
  ContractValidation contracts_;
  std::size_t failed_ = 0;
  std::size_t failed_parts_ = 0;
  std::set<std::string> failed_branches_;  ///< those with a check that does not hold
};

ExitCode run(const Options& options, Context& context) { return Validation(options, context).run(); }

}  // namespace

Command validate_only_command() {
  return {
      .name = "validate-only",
      .purpose = "Check files, history, catalog and data; change nothing",
      .section = Section::proof,
      .reach = Reach::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("target", options->target, "Fail unless everything up to this revision is applied")
            .completes(Completes::revision);
        flags.add_flag("--offline", options->offline, "Look at the files only; no database is needed");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "The files parse and their graph is sound; their catalog files are fresh. With a database: checksums "
          "match the version table, everything that the applied revisions left behind is there and as it was, "
          "the contracts in force are kept, and the data checks of those revisions hold. Golden rows of contracts are "
          "tried on a throwaway server, where PostgreSQL's programs are installed. Prints the record counts of their "
          "tables. A check of "
          "severity warning or info does not make it fail. Read-only.",
      .examples = {{"validate-only life_graph@head", "Also fails while revisions of the branch are pending."},
                   {"validate-only --offline", "Looks at the files, as a CI job without a database would."}},
      .exits = {ExitCode::cannot_connect, ExitCode::findings}};
}

}  // namespace dbmigrate
