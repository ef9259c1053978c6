// Promises to keep WAL for somebody.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(
              probe, probe.ask(fmt::format(R"(
SELECT format('slot %s', slot_name) AS object,
       concat(CASE WHEN active THEN 'is in use' ELSE 'is not in use' END, CASE WHEN wal_status IN ('unreserved', 'lost') THEN
              format(', its WAL is %s', wal_status) END) AS detail,
       format('SELECT pg_drop_replication_slot(%L);', slot_name) AS fix,
       coalesce(greatest(pg_wal_lsn_diff({}, restart_lsn), 0), 0) AS value,
       CASE WHEN wal_status = 'lost' THEN 'critical' WHEN NOT active OR wal_status = 'unreserved' THEN 'warning' END AS status
FROM pg_replication_slots WHERE NOT temporary ORDER BY 1)",
                                           probe.on_standby() ? "pg_last_wal_replay_lsn()" : "pg_current_wal_lsn()")))};
}

}  // namespace

HealthCheck slots_check() {
  return {.id = "slots",
          .title = "Replication slots are in use",
          .section = HealthSection::replication,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::bytes,
          .warning = 1.0 * 1024 * 1024 * 1024,
          .critical = 10.0 * 1024 * 1024 * 1024,
          .looks_at =
              "Slots that nobody reads, that have lost WAL or are about to. Measured is the WAL that "
              "each keeps.",
          .why =
              "A slot keeps WAL, and rows from vacuum, for a reader that may never come back; the disk "
              "fills.",
          .remedy = "SELECT pg_drop_replication_slot('NAME'); or bring its reader back",
          .look = look};
}

}  // namespace dbmigrate
