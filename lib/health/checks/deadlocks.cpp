// Transactions that had to be ended for each other's sake.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('database %I', datname) AS object, format('had %s deadlocks', deadlocks) AS detail,
       'SELECT datname, deadlocks, stats_reset FROM pg_stat_database;' AS fix,
       deadlocks / greatest(1, extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time())) / 86400)
         AS value
FROM pg_stat_database WHERE datname = current_database())"))};
}

}  // namespace

HealthCheck deadlocks_check() {
  return {.id = "deadlocks",
          .title = "Deadlocks are rare",
          .section = HealthSection::concurrency,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::count,
          .warning = 10,
          .critical = 100,
          .looks_at = "Deadlocks of this database for each day since its statistics began.",
          .why =
              "Each is an error that a user saw; many of them are transactions that lock in different "
              "orders.",
          .remedy = "Look at the server log, which names both statements, and lock in one order.",
          .look = look};
}

}  // namespace dbmigrate
