// Data migrations that wait for somebody.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  for (const auto& row : probe.backfills()) {
    if (row.done || row.paused_by.empty()) continue;
    look.findings.push_back({.object = "backfill " + row.id.text(),
                             .detail = fmt::format("is paused by {} since {}", row.paused_by, row.paused_at),
                             .fix = "dbmigrate backfill resume " + row.id.text()});
  }
  return look;
}

}  // namespace

HealthCheck backfill_paused_check() {
  return {.id = "backfill_paused",
          .title = "No data migration is paused",
          .section = HealthSection::migrations,
          .severity = HealthStatus::warning,
          .looks_at = "Backfills that somebody paused and that are not done.",
          .why = "A pause is easily forgotten, and the revision stays half-way for as long as it lasts.",
          .remedy = "dbmigrate backfill resume NAME",
          .look = look};
}

}  // namespace dbmigrate
