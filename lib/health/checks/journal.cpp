// Journalled revisions that nobody finishes.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  for (const auto& row : probe.ledger().rows) {
    if (row.state != RevisionState::in_progress || !probe.is_selected(row.id)) continue;
    if (probe.is_live(row.run_id)) {
      look.says = fmt::format("a run is at work on {}", row.id.text());
      continue;
    }
    const bool up = row.direction == Direction::upgrade;
    look.findings.push_back(
        {.object = "revision " + row.id.text(),
         .detail = fmt::format("stopped on its way {}, {} of {} steps done", up ? "up" : "down", row.steps_done,
                               row.steps_total),
         .fix = up ? fmt::format("dbmigrate upgrade {}", row.id.text())
                   : fmt::format("dbmigrate downgrade, with the target that it had; {} is finished first",
                                 row.id.text())});
  }
  return look;
}

}  // namespace

HealthCheck journal_check() {
  return {.id = "journal",
          .title = "No revision is half-way",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Revisions that stopped between two steps, unless a run is at work on them now.",
          .why = "Neither the old application nor the new one was made for what is in between.",
          .remedy = "dbmigrate upgrade head (or `dbmigrate downgrade` where it was on its way down)",
          .look = look};
}

}  // namespace dbmigrate
