// Transactions that wait for a word.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('prepared transaction %L', gid) AS object, format('of %s waits', owner) AS detail,
       format('ROLLBACK PREPARED %L;', gid) AS fix, extract(epoch FROM clock_timestamp() - prepared) AS value
FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared)"))};
}

}  // namespace

HealthCheck prepared_xact_check() {
  return {.id = "prepared_xact",
          .title = "No prepared transaction waits",
          .section = HealthSection::capacity,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::seconds,
          .warning = 1,
          .critical = 30,
          .looks_at =
              "Transactions of this database that were prepared and neither committed nor rolled back. "
              "Measured is their age.",
          .why =
              "They keep their locks and hold vacuum back, through every restart, until somebody ends "
              "them by name.",
          .remedy = "ROLLBACK PREPARED 'NAME'; or COMMIT PREPARED 'NAME';",
          .look = look};
}

}  // namespace dbmigrate
