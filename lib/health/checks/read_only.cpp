// A database that somebody closed.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (probe.on_standby()) return {.says = "a standby"};
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('database %I', current_database()) AS object, 'is read-only: default_transaction_read_only is on' AS detail,
       format('ALTER DATABASE %I RESET default_transaction_read_only;', current_database()) AS fix
WHERE current_setting('default_transaction_read_only') = 'on')"))};
}

}  // namespace

HealthCheck read_only_check() {
  return {.id = "read_only",
          .title = "The database can be written",
          .section = HealthSection::server,
          .severity = HealthStatus::warning,
          .looks_at = "default_transaction_read_only of the role and the database, on a primary.",
          .why = "Every write of the application fails, and so does the next migration.",
          .remedy = "ALTER DATABASE NAME RESET default_transaction_read_only; or ALTER ROLE",
          .look = look};
}

}  // namespace dbmigrate
