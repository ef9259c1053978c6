// What an interrupted DROP DATABASE left behind.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('database %I', datname) AS object, 'is invalid: dropping it was interrupted' AS detail,
       format('DROP DATABASE %I;', datname) AS fix FROM pg_database WHERE datconnlimit = -2 ORDER BY 1)"))};
}

}  // namespace

HealthCheck invalid_database_check() {
  return {.id = "invalid_database",
          .title = "No database is broken",
          .section = HealthSection::capacity,
          .severity = HealthStatus::warning,
          .looks_at = "Databases that a DROP DATABASE left half-way; nobody can connect to them.",
          .why = "They take room, keep old transaction ids, and pg_upgrade refuses them.",
          .remedy = "DROP DATABASE NAME;",
          .look = look};
}

}  // namespace dbmigrate
