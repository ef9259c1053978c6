// From target to plan, to script, and to what was held.
// SPDX-License-Identifier: Apache-2.0
#include "cli/upgrade_plan.hpp"

#include <fmt/format.h>

#include "core/json.hpp"
#include "executor/preflight.hpp"

namespace dbmigrate {

Plan upgrade_plan(Context& context, const RunRequest& request, Session& session, const LedgerState& state) {
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

void write_upgrade_script(Context& context, const RunRequest& request) {
  const auto& target = request.target;
  const auto colon = target.find(':');
  if (colon != std::string::npos) {
    const PlanScope scope{.branches = context.branches(), .through_holds = true};
    const auto rows = rows_up_to(context, target.substr(0, colon));
    const Plan plan = plan_upgrade(context.graph(), rows, target.substr(colon + 1), scope);
    return print_script(context, request, rows, plan, offline_options(context, request.command, request.change));
  }
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, request.command);
  const Plan plan = upgrade_plan(context, request, database.session(), database.state());
  auto run = database.run_options();
  run.identity.change = request.change;
  print_script(context, request, database.state().rows, plan, run);
}

}  // namespace dbmigrate
