// `dbmigrate lint`: what would be dangerous about migrations, read off their text.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/lint_sources.hpp"
#include "cli/live_catalog.hpp"
#include "core/json.hpp"
#include "lint/schema_of_catalog.hpp"
#include "planner/plan.hpp"
#include "report/lint_report.hpp"

namespace dbmigrate {
namespace {

constexpr int kMeasuredOn = 15;  ///< where nobody says which server it is for

struct Options {
  LintRequest request;
  std::optional<std::int64_t> server_version;
  std::optional<std::string> fail_on;
  bool together = false;
};

/// What is pending on a database, and what it knows.
struct Live {
  LiveCatalog catalog;
  std::vector<RevisionIndex> pending;
};

Live look_at(Context& context, Database& database) {
  Live live;
  live.catalog = read_live_catalog(database);
  const PlanScope scope{.branches = context.branches(), .through_holds = true};
  for (const auto& step : plan_upgrade(context.graph(), database.state().rows, "head", scope).steps) {
    if (const auto index = context.graph().find(step.id)) live.pending.push_back(*index);
  }
  return live;
}

class Lint {
 public:
  Lint(const Options& options, Context& context) : options_(options), context_(context) {}

  ExitCode run() {
    const auto& flags = context_.flags();
    std::optional<Database> database;
    if (flags.url || flags.env) live_ = look_at(context_, database.emplace(context_, "lint"));
    auto selection = select();
    if (options_.together) selection.run = LintRun::together;
    Linter linter(live_ ? live_->catalog.schema : KnownSchema(), prediction_settings(),
                  database ? syntax_check_by(database->session()) : SyntaxCheck());
    look_at_revisions(linter, selection);
    for (const auto& file : selection.files) {
      auto script = script_of_file(file, lock_timeout());
      script.levels = levels_of(context_.settings().lint.levels, {});
      add(linter.run(script), selection);
    }
    show();
    return exit();
  }

 private:
  LintSelection select() {
    const auto& request = options_.request;
    if (!live_ || !request.targets.empty() || !request.since.empty()) return select_for_lint(context_, request);
    LintSelection pending;
    pending.revisions = {live_->pending.begin(), live_->pending.end()};
    return pending;
  }

  PredictionSettings prediction_settings() {
    auto settings = live_ ? live_->catalog.settings : PredictionSettings{};
    if (!live_) settings.server_major = context_.settings().lint.server_version.value_or(kMeasuredOn);
    if (options_.server_version) settings.server_major = static_cast<int>(*options_.server_version);
    context_.report().result()["server_version"] = settings.server_major;
    return settings;
  }

  Milliseconds lock_timeout() { return *context_.settings().lock_timeout; }

  void look_at_revisions(Linter& linter, const LintSelection& selection) {
    if (selection.revisions.empty()) return;
    const auto& graph = context_.graph();
    auto left = selection.revisions.size();
    for (const auto index : graph.in_order()) {
      const auto& migration = graph.migration(index);
      if (!selection.revisions.contains(index)) {
        if (!live_) remember(linter, migration);
        continue;
      }
      auto script = script_of_revision(migration, lock_timeout());
      script.levels = levels_of(context_.settings().lint.levels, levels_of_branch(graph, migration.id.branch));
      script.begins_run = selection.run == LintRun::alone;
      add(linter.run(script), selection);
      // DO blocks are in the catalog file too. Within one run it would make new things old.
      if (selection.run == LintRun::alone && !live_) add_catalog(linter, migration);
      if (--left == 0) return;
    }
  }

  /// An earlier migration: what it leaves is what its catalog file says, else what its text does.
  void remember(Linter& linter, const Migration& migration) {
    auto script = script_of_revision(migration, lock_timeout());
    script.examined = Examined::no;
    linter.run(script);
    add_catalog(linter, migration);
  }

  static void add_catalog(Linter& linter, const Migration& migration) {
    try {
      if (const auto file = load_catalog_file(migration)) apply(*file, linter.schema());
    } catch (const Error&) {
      // `catalog --check` tells what is wrong with it; the text has been read.
    }
  }

  void add(std::vector<LintFinding> findings, const LintSelection& selection) {
    for (auto& one : findings) {
      if (selection.only_files.empty() || selection.only_files.contains(one.at.file)) {
        findings_.push_back(std::move(one));
      }
    }
    ++scripts_;
  }

  void show() {
    auto& report = context_.report();
    const auto& format = *context_.output().format;
    const auto sizes = live_ ? live_->catalog.sizes : RelationSizes{};
    if (format == "sarif") {
      report.write_json(findings_sarif(findings_), 2);
    } else if (format == "github") {
      show_annotations(report, findings_);
    } else {
      findings_into(report.result(), findings_, sizes);
      show_findings(report, findings_, sizes);
    }
    report.detail(fmt::format("{} looked at", scripts_ == 1 ? "1 script" : fmt::format("{} scripts", scripts_)));
  }

  ExitCode exit() {
    const auto fail_on = options_.fail_on.value_or(context_.settings().lint.fail_on.value_or("error"));
    const bool fails = std::any_of(findings_.begin(), findings_.end(), [&](const LintFinding& one) {
      if (fail_on == "never") return false;
      if (fail_on == "error") return one.severity == Severity::error;
      return fail_on == "info" || one.severity != Severity::info;
    });
    return fails ? ExitCode::findings : ExitCode::done;
  }

  const Options& options_;
  Context& context_;
  std::optional<Live> live_;
  std::vector<LintFinding> findings_;
  std::size_t scripts_ = 0;
};

}  // namespace

Command lint_command() {
  return {
      .name = "lint",
      .purpose = "Tell what is dangerous about migrations before they run",
      .section = Section::proof,
      .reach = Reach::files,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("target", options->request.targets, "Files, folders, one revision, or FROM:TO; default: all")
            .completes(Completes::file);
        flags.add_option("--since", options->request.since, "Only migrations that are new since this git reference")
            .value("GITREF");
        flags.add_option("--server-version", options->server_version, "Major version of the server they are for")
            .value("MAJOR")
            .default_is("the database's, else lint.server_version of dbmigrate.yaml, else 15");
        flags.add_option("--fail-on", options->fail_on, "Exit 8 for a finding of this severity or a worse one")
            .one_of({"error", "warning", "info", "never"})
            .default_is("error");
        flags.add_flag("--together", options->together,
                       "Take all migrations as one run: tables that an earlier one makes are not in use yet");
        return [options](Context& context) { return Lint(*options, context).run(); };
      },
      .formats = {"sarif", "github"},
      .description =
          "Reads the SQL with PostgreSQL's own parser, statement by statement, with the statements in DO blocks, and "
          "reports what blocks readers or writers, rewrites or scans tables, loses data, breaks code that runs, or "
          "fails. A table that the same run makes is nobody's yet and is not reported. What earlier migrations left "
          "behind is known from their catalog files, else from their text.\n\n"
          "Files, a range and --since are looked at as one run. Without any of them each migration is looked at as a "
          "run of its own. With --url or --env the real catalog and its sizes are read, and without a target what is "
          "pending there is looked at; nothing is changed.\n\n"
          "A line `-- dbmigrate: allow RULE-ID reason` before a statement lets one finding pass; docs/reference/lint "
          "has the rules.",
      .examples = {{"lint", "Looks at every migration of the project."},
                   {"lint --since origin/main --format github", "Looks at what a pull request adds, as annotations."},
                   {"lint base:head --fail-on warning", "Looks at all as one run and is strict about it."}},
      .exits = {ExitCode::cannot_connect, ExitCode::findings}};
}

}  // namespace dbmigrate
