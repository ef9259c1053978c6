// Indexes that revisions in effect made and that are not there.
// SPDX-License-Identifier: Apache-2.0
#include "health/expected_look.hpp"
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) { return missing_objects(probe, {ObjectKind::index}); }

}  // namespace

HealthCheck indexes_check() {
  return {.id = "indexes",
          .title = "All indexes created",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at =
              "Indexes that the applied revisions left behind, but for those of constraints, which "
              "drift tells.",
          .why = "Queries that were quick scan whole tables.",
          .remedy = "CREATE INDEX CONCURRENTLY NAME ON TABLE (COLUMNS);",
          .look = look};
}

}  // namespace dbmigrate
