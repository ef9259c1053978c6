// Transactions that have been at work for long.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'pid ' || a.pid AS object,
       format('(%s, user %s) is %s', coalesce(nullif(a.application_name, ''), 'no name'), a.usename, a.state) AS detail,
       format('SELECT pg_cancel_backend(%s);', a.pid) AS fix, extract(epoch FROM clock_timestamp() - a.xact_start) AS value
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
  AND a.xact_start IS NOT NULL AND a.state NOT LIKE 'idle in transaction%' AND )" +
                                                   not_ours_sql() + " ORDER BY a.xact_start LIMIT 100"))};
}

}  // namespace

HealthCheck long_xact_check() {
  return {.id = "long_xact",
          .title = "No transaction runs for long",
          .section = HealthSection::concurrency,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 300,
          .critical = 900,
          .need = HealthNeed::statistics,
          .looks_at = "Transactions of this database that are at work, but for runs of dbmigrate.",
          .why = "They hold vacuum back in the whole database, and locks that the next migration may need.",
          .remedy = "SELECT pg_cancel_backend(PID);",
          .look = look};
}

}  // namespace dbmigrate
