// Plans an upgrade: what the target needs and the database lacks, up to the first hold.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "planner/database_view.hpp"
#include "planner/plan.hpp"
#include "planner/target.hpp"

namespace dbmigrate {
namespace {

[[noreturn]] void throw_downward(std::string_view text) {
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("target {} leads down, and an upgrade goes up", text),
               .detail = "Steps with a minus count revisions to take back.",
               .hint = fmt::format("Use `dbmigrate downgrade {}`, or a target with a plus.", text)});
}

/// What the target asks for; all that it needs comes in besides.
std::vector<Node> roots_of(const DatabaseView& view, const Target& target, std::string_view text) {
  switch (target.kind) {
    case Target::Kind::head:
      return only_heads(view.graph(), target.branches);
    case Target::Kind::base:
    case Target::Kind::current:
      return {};
    case Target::Kind::revision:
      require_in_files(view, target.revision);
      return {target.revision};
    case Target::Kind::up:
      return next_pending(view, target.branches.front(), target.steps);
    case Target::Kind::down:
      throw_downward(text);
  }
  return {};
}

/// Whether a run stops before `node` unless it is told to go through. One that is part-way is past its hold.
bool is_held(const DatabaseView& view, Node node, const PlanScope& scope) {
  return !scope.through_holds && !view.migration(node)->hold.empty() &&
         !view.in_state(node, RevisionState::in_progress) && scope.branches_with_rows.contains(view.id(node).branch);
}

PlanStep step_of(const DatabaseView& view, Node node) {
  PlanStep step{.id = view.id(node), .migration = view.migration(node)};
  if (const auto* row = view.row(node)) step.row = *row;
  return step;
}

/// Divides `wanted`, which is in running order, into what runs, what is held and what is behind that.
std::vector<Node> stop_at_holds(const DatabaseView& view, const std::vector<Node>& wanted,
                                const std::vector<char>& named, const PlanScope& scope, Plan& plan) {
  std::vector<Node> running;
  std::vector<char> stopped(view.size(), 0);
  for (const auto node : wanted) {
    bool behind = false;
    view.each_need(node, [&](Node need) { behind = behind || stopped[need]; });
    if (behind) {
      stopped[node] = 1;
      plan.behind_holds.push_back(view.id(node));
    } else if (!named[node] && is_held(view, node, scope)) {
      stopped[node] = 1;
      plan.held.push_back({view.id(node), view.migration(node)->hold});
    } else {
      running.push_back(node);
    }
  }
  return running;
}

/// What is part-way is finished before anything else starts, as far as nothing is missing below it.
void finish_first(const DatabaseView& view, std::vector<Node>& running) {
  std::stable_partition(running.begin(), running.end(), [&](Node node) {
    bool ready = view.in_state(node, RevisionState::in_progress);
    view.each_need(node, [&](Node need) { ready = ready && view.settled(need); });
    return ready;
  });
}

}  // namespace

Plan plan_upgrade(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows, std::string_view target,
                  const PlanScope& scope) {
  const DatabaseView view(graph, rows);
  const auto parsed = parse_target(view, target, scope.branches);
  const auto needed = needed_by(view, roots_of(view, parsed, target));
  const auto named = needed_by(view, parsed.named ? std::vector<Node>{*parsed.named} : std::vector<Node>{});

  std::vector<Node> wanted;
  for (const auto node : graph.in_order()) {
    if (needed[node] && !view.settled(node)) wanted.push_back(node);
  }
  Plan plan;
  plan.direction = Direction::upgrade;
  auto running = stop_at_holds(view, wanted, named, scope, plan);
  finish_first(view, running);
  for (const auto node : running) plan.steps.push_back(step_of(view, node));
  return plan;
}

}  // namespace dbmigrate
