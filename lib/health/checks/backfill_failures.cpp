// Rows that a data migration put aside.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  for (const auto& row : probe.backfills()) {
    if (row.failed == 0) continue;
    look.findings.push_back(
        {.object = "backfill " + row.id.text(),
         .detail = fmt::format("has {} row{} in quarantine", row.failed, row.failed == 1 ? "" : "s"),
         .fix = "dbmigrate backfill retry " + row.id.text()});
  }
  return look;
}

}  // namespace

HealthCheck backfill_failures_check() {
  return {.id = "backfill_failures",
          .title = "Data migrations left no row behind",
          .section = HealthSection::migrations,
          .severity = HealthStatus::warning,
          .looks_at = "Rows in quarantine: those that a backfill could not change.",
          .why = "They are still as before the migration; the application may not expect that.",
          .remedy = "dbmigrate backfill status lists them; mend them, then dbmigrate backfill retry NAME",
          .look = look};
}

}  // namespace dbmigrate
