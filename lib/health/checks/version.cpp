// How far the database is behind the files.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// As far as `upgrade head` would go in a database with rows, without what a precondition skips.
Plan plan_of(Probe& probe) {
  const auto& subject = probe.subject();
  const PlanScope scope{.branches = subject.branches,
                        .through_holds = false,
                        .branches_with_rows = {subject.branches.begin(), subject.branches.end()}};
  auto plan = plan_upgrade(subject.graph, probe.ledger().rows, "head", scope);
  std::erase_if(plan.steps, [](const PlanStep& step) { return step.row && step.row->state == RevisionState::skipped; });
  return plan;
}

void add_branch(Look& look, const BranchStatus& branch, const Plan& plan) {
  const auto pending = std::count_if(plan.steps.begin(), plan.steps.end(),
                                     [&](const PlanStep& step) { return step.id.branch == branch.branch; });
  std::string detail = pending == 0
                           ? "is at head"
                           : fmt::format("is {} behind head", counted(static_cast<std::size_t>(pending), "revision"));
  if (branch.current.empty() && pending > 0) detail = fmt::format("has nothing applied, {} pending", pending);
  look.findings.push_back({.object = "branch " + branch.branch,
                           .detail = detail,
                           .fix = "dbmigrate upgrade " + branch.branch + "@head",
                           .value = static_cast<double>(pending)});
}

Look described(Probe& probe, const Plan& plan) {
  const auto& rows = probe.ledger().rows;
  Look look;
  std::size_t held = 0;
  std::size_t skipped = 0;
  std::size_t applied = 0;
  for (const auto& branch : status_of(probe.subject().graph, rows, probe.subject().branches)) {
    add_branch(look, branch, plan);
    applied += branch.applied.size();
    skipped += branch.skipped.size();
    held += branch.held.size();
  }
  look.says = plan.empty() ? "head" : fmt::format("{} behind head", counted(plan.steps.size(), "revision"));
  if (applied == 0 && !plan.empty()) {
    look.says = "nothing is applied";
    for (auto& one : look.findings) one.status = *one.value > 0 ? HealthStatus::critical : HealthStatus::ok;
  }
  if (held > 0) look.says += fmt::format(" ({} held)", held);
  if (skipped > 0) look.says += fmt::format(" ({} skipped)", skipped);
  return look;
}

Look look(Probe& probe) {
  static_cast<void>(probe.ledger());
  try {
    return described(probe, plan_of(probe));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_graph) throw;
    return {.findings = {{.object = "the migrations directory",
                          .detail = "has no one head: " + error.info().message,
                          .fix = error.info().hint,
                          .status = HealthStatus::critical}},
            .says = "several heads"};
  }
}

}  // namespace

HealthCheck version_check() {
  return {.id = "version",
          .title = "Migration status",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::count,
          .warning = 0,
          .looks_at =
              "Revisions of the selected branches that are not applied. Held ones, and those behind "
              "them, do not count; without any revision applied it is critical.",
          .why = "An application that was deployed with these files expects the database at head.",
          .remedy = "dbmigrate upgrade head",
          .look = look};
}

}  // namespace dbmigrate
