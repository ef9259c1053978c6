// Settings without which nothing is safe.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'setting ' || name AS object, 'is off' AS detail, format('ALTER SYSTEM SET %s = on; SELECT pg_reload_conf();', name) AS fix,
       CASE WHEN name IN ('fsync', 'full_page_writes') THEN 'critical' ELSE 'warning' END AS status
FROM unnest(ARRAY['fsync', 'full_page_writes', 'autovacuum', 'track_counts']) AS name
WHERE current_setting(name) = 'off' ORDER BY 1)"))};
}

}  // namespace

HealthCheck settings_check() {
  return {.id = "settings",
          .title = "The server keeps its promises",
          .section = HealthSection::server,
          .severity = HealthStatus::critical,
          .looks_at =
              "fsync and full_page_writes (a crash must not lose or tear what was committed), "
              "autovacuum and track_counts (without which it does not run).",
          .why =
              "With fsync off a power cut can destroy the whole cluster; without autovacuum tables "
              "grow, and transaction ids run out.",
          .remedy = "ALTER SYSTEM SET NAME = on; SELECT pg_reload_conf();",
          .look = look};
}

}  // namespace dbmigrate
