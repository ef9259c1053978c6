// Write-ahead log that waits to be kept.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  const auto mode = probe.ask("SELECT current_setting('archive_mode')").text(0, 0);
  if (mode == "off" || (probe.on_standby() && mode != "always")) return {.says = "not archived here"};
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT 'WAL archive' AS object,
       format('has %s files waiting%s', queue.n, CASE WHEN failing.yes THEN format(', the last attempt failed: %s at %s',
              a.last_failed_wal, to_char(a.last_failed_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')) END) AS detail,
       'SELECT * FROM pg_stat_archiver; SHOW archive_command;' AS fix, queue.n AS value,
       CASE WHEN failing.yes THEN 'warning' END AS status
FROM pg_stat_archiver a
CROSS JOIN LATERAL (SELECT a.last_failed_time > coalesce(a.last_archived_time, '-infinity') AS yes) failing
CROSS JOIN (SELECT count(*) AS n FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') queue)"))};
}

}  // namespace

HealthCheck archive_check() {
  return {.id = "archive",
          .title = "WAL is archived",
          .section = HealthSection::capacity,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::count,
          .warning = 10,
          .critical = 50,
          .need = HealthNeed::statistics,
          .looks_at = "Whether the last attempt to archive failed, and how many files wait.",
          .why = "Without its archive a backup cannot be rolled forward, and the files fill the disk.",
          .remedy = "Look at archive_command and the server log.",
          .look = look};
}

}  // namespace dbmigrate
