// How near the server is to the end of its transaction ids.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('database %I', datname) AS object, format('has an id that is %s transactions old', old.age) AS detail,
       format('\c %I  VACUUM (FREEZE);', datname) AS fix, old.age AS value
FROM pg_database CROSS JOIN LATERAL (SELECT greatest(age(datfrozenxid), mxid_age(datminmxid)) AS age) old
ORDER BY old.age DESC, 1)"))};
}

}  // namespace

HealthCheck wraparound_check() {
  return {.id = "wraparound",
          .title = "Transaction ids are far from their end",
          .section = HealthSection::capacity,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::count,
          .warning = 1.3e9,
          .critical = 1.4e9,
          .looks_at =
              "The age of the oldest transaction id, or multixact id, that is not frozen, in every "
              "database of the server.",
          .why = "At about 2.1 billion the server refuses every write until somebody has vacuumed by hand.",
          .remedy = "VACUUM (FREEZE); in that database, and end what holds old snapshots",
          .look = look};
}

}  // namespace dbmigrate
