// Revisions that somebody undid by hand.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/words.hpp"
#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "validation/gone_revisions.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  const auto& subject = probe.subject();
  for (const auto& one : gone_revisions(probe.session(), subject.graph, probe.ledger().rows, subject.branches)) {
    look.findings.push_back(
        {.object = "revision " + one.row.id.text(),
         .detail = fmt::format("is recorded, and nothing of it is there: {}", listed(one.relations)),
         .fix = "dbmigrate repair"});
  }
  return look;
}

}  // namespace

HealthCheck gone_revision_check() {
  return {.id = "gone_revision",
          .title = "Applied revisions are still there",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Revisions that are recorded while none of the tables and views that they made is there.",
          .why = "Somebody undid them by hand; later revisions, and the application, rest on nothing.",
          .remedy = "dbmigrate repair, then dbmigrate upgrade head",
          .look = look};
}

}  // namespace dbmigrate
