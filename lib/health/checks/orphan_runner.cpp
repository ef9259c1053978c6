// Runs of ours whose client is gone.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'pid ' || a.pid AS object,
       format('is a run of ours (%s) that is %s and silent', a.application_name, a.state) AS detail,
       format('SELECT pg_terminate_backend(%s);', a.pid) AS fix,
       extract(epoch FROM clock_timestamp() - a.state_change) AS value
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.state LIKE 'idle in transaction%'
  AND a.application_name ~ '^dbmigrate [0-9a-f]{8}( lock)?$' )"))};
}

}  // namespace

HealthCheck orphan_runner_check() {
  return {.id = "orphan_runner",
          .title = "No run has fallen silent",
          .section = HealthSection::migrations,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 60,
          .critical = 300,
          .need = HealthNeed::statistics,
          .looks_at =
              "Sessions of runs that are in a transaction and have sent nothing for longer than a run "
              "ever does.",
          .why =
              "Their client is gone or hangs, and what they lock stays locked until the server ends "
              "them.",
          .remedy =
              "SELECT pg_terminate_backend(PID); then the same command again, which goes on where the "
              "database is.",
          .look = look};
}

}  // namespace dbmigrate
