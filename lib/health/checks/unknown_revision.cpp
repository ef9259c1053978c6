// Revisions that only the database has.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  for (const auto& branch : status_of(probe.subject().graph, probe.ledger().rows, probe.subject().branches)) {
    for (const auto& id : branch.unknown) {
      look.findings.push_back(
          {.object = "revision " + id.text(),
           .detail = "is applied and not among the files",
           .fix = "Use the checkout that has it, or `dbmigrate downgrade " + branch.branch + "@-1`."});
    }
  }
  return look;
}

}  // namespace

HealthCheck unknown_revision_check() {
  return {.id = "unknown_revision",
          .title = "No revision is unknown",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Revisions that are applied here and that the files do not have.",
          .why =
              "The database is newer than the checkout, or another one was applied to it: what it "
              "should look like is not known.",
          .remedy =
              "Use the checkout that has them; `dbmigrate downgrade` takes them back with the stored "
              "steps.",
          .look = look};
}

}  // namespace dbmigrate
