// Plan, preview, tell.
// SPDX-License-Identifier: Apache-2.0
#include "cli/dry_run.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cli/lint_findings.hpp"
#include "cli/upgrade_plan.hpp"
#include "core/figures.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "lint/rules.hpp"
#include "preview/plan_file.hpp"
#include "report/preview_report.hpp"

namespace dbmigrate {
namespace {

/// How bad, as a number; 0 = nothing.
int level_of(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{"none", "info", "warning", "error"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<int>(i);
  }
  return 0;
}

int level_of(const Preview& preview) {
  const auto worst = preview.worst();
  return worst ? level_of(name_of(*worst)) : 0;
}

CloneMode clone_mode(const std::string& name) {
  if (name == "required") return CloneMode::required;
  return name == "off" ? CloneMode::off : CloneMode::automatic;
}

struct Look {
  CloneMode clone = CloneMode::automatic;
  Rehearsed rehearsed = Rehearsed::on_clone;
  Depth depth = Depth::full;
};

Preview preview_of(Context& context, Database& database, const RunRequest& request, const Plan& plan, Look look) {
  RunOptions options = database.run_options();
  options.agreed = request.agreed;
  options.allow_data_loss = request.allow_data_loss;
  return make_preview({.target = options,
                       .graph = context.graph(),
                       .contracts = context.contracts(),
                       .rows = database.state().rows,
                       .plan = plan,
                       .clone = look.clone,
                       .rehearsed = look.rehearsed,
                       .depth = look.depth,
                       .server_bin = context.settings().server_bin->string(),
                       .clock = context.clock(),
                       .findings_for = lint_findings(context, database.session(), options.version_schema)},
                      database.session());
}

void write_plan(Context& context, Database& database, const DryRunRequest& request, const Plan& plan) {
  const auto path = context.world().working_directory / request.out;
  write_plan_file(
      path, plan_file_of(plan, request.run.target, request.run.through_holds, database.state(), database.session(),
                         *context.settings().version_schema, *context.settings().directory));
  context.report().note(fmt::format("plan written to {}", request.out));
  context.report().result()["plan"] = request.out;
}

void write_page(Context& context, Database& database, const DryRunRequest& request, const Preview& preview) {
  const auto title = fmt::format("dry-run of {} on {}", request.run.target, database.session().server().database);
  write_file(context.world().working_directory / request.report_file, html_of(preview, title), Overwrite::yes);
  context.report().note(fmt::format("page written to {}", request.report_file));
}

}  // namespace

ExitCode dry_run(Context& context, const DryRunRequest& request, const Planning& planning) {
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, "dry-run");
  const Plan plan = planning(database.session(), database.state());
  Look look{.clone = clone_mode(request.clone)};
  if (request.rehearse && !plan.empty()) {
    look.rehearsed = Rehearsed::on_target_too;
    ask_where_protected(context, fmt::format("rehearse {} on the database itself",
                                             count_of(static_cast<std::int64_t>(plan.steps.size()), "revision")));
  }
  const auto preview = preview_of(context, database, request.run, plan, look);
  if (!request.out.empty()) write_plan(context, database, request, plan);
  if (!request.report_file.empty()) write_page(context, database, request, preview);
  if (plan.empty() && plan.held.empty()) {
    const bool up = plan.direction == Direction::upgrade;
    context.report().line(up ? fmt::format("nothing to do: {} is applied already", request.run.target)
                             : fmt::format("nothing to do: nothing above {} is applied", request.run.target));
    context.report().result().update(json_of(preview));
  } else {
    show_preview(context.report(), preview);
  }
  tell_holds(context, plan);
  const bool refused = request.fail_on != "none" && level_of(preview) >= level_of(request.fail_on);
  return refused ? ExitCode::findings : ExitCode::done;
}

void guard_against_risk(Context& context, Database& database, const RunRequest& request, const Planning& planning,
                        const std::string& level) {
  const bool guarded = *context.settings().protection == Protection::is_protected || !level.empty();
  if (!guarded && !context.console().err_is_terminal()) return;
  const Plan plan = planning(database.session(), database.state());
  if (plan.empty()) return;
  const auto preview = preview_of(context, database, request, plan, {.depth = guarded ? Depth::full : Depth::text});
  context.report().note(risk_line(preview));
  if (!guarded) return;
  const std::string most = level.empty() ? "warning" : level;
  if (level_of(preview) <= level_of(most)) return;
  const auto& worst = *preview.worst_first().front();
  throw Error({.code = ErrorCode::refused,
               .message = fmt::format("the plan's risk is above {}", most),
               .detail = fmt::format("{}: {}.", worst.rule, worst.message),
               .hint = fmt::format("Look at all of it with `dbmigrate dry-run {}`. What is meant is let pass by a line "
                                   "`-- dbmigrate: allow RULE-ID reason` in the file, or with --max-risk error.",
                                   request.target),
               .at = worst.at.file.empty() ? std::nullopt : std::optional(worst.at)});
}

}  // namespace dbmigrate
