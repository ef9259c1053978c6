// Whether a standby still hears its primary.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (!probe.on_standby()) return {.says = "not a standby"};
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'this standby' AS object, format('does not receive: %s', coalesce(r.status, 'no connection to the primary')) AS detail,
       'SELECT * FROM pg_stat_wal_receiver; SHOW primary_conninfo;' AS fix
FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true
WHERE current_setting('primary_conninfo') <> '' AND r.status IS DISTINCT FROM 'streaming')"))};
}

}  // namespace

HealthCheck wal_receiver_check() {
  return {.id = "wal_receiver",
          .title = "The standby is connected",
          .section = HealthSection::replication,
          .severity = HealthStatus::critical,
          .need = HealthNeed::statistics,
          .looks_at = "On a standby that streams: whether it receives.",
          .why = "It grows older every second, and its lag is not to be seen while nothing comes in.",
          .remedy = "Look at primary_conninfo, at the primary, and at the log of the standby.",
          .look = look};
}

}  // namespace dbmigrate
