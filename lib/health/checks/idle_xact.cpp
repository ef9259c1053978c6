// Transactions that somebody forgot.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'pid ' || a.pid AS object,
       format('(%s, user %s) is %s', coalesce(nullif(a.application_name, ''), 'no name'), a.usename, a.state) AS detail,
       format('SELECT pg_terminate_backend(%s);', a.pid) AS fix, extract(epoch FROM clock_timestamp() - a.state_change) AS value
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.state LIKE 'idle in transaction%' AND )" +
                                                   not_ours_sql() + " ORDER BY a.state_change LIMIT 100"))};
}

}  // namespace

HealthCheck idle_xact_check() {
  return {.id = "idle_xact",
          .title = "No transaction is left open",
          .section = HealthSection::concurrency,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 60,
          .critical = 300,
          .need = HealthNeed::statistics,
          .looks_at = "Sessions of this database that are idle in a transaction, but for runs of dbmigrate.",
          .why =
              "Somebody forgot to commit: locks stay, vacuum is held back, and a migration queues up "
              "behind it with everybody else.",
          .remedy = "SELECT pg_terminate_backend(PID); and set idle_in_transaction_session_timeout",
          .look = look};
}

}  // namespace dbmigrate
