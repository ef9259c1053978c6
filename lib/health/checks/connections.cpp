// How many sessions still fit.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT * FROM (
  SELECT 'server' AS object, format('has %s of %s connections in use', used.n, room.n) AS detail,
         'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;' AS fix,
         100.0 * used.n / nullif(room.n, 0) AS value
  FROM (SELECT sum(numbackends) AS n FROM pg_stat_database) used,
       (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true), '0')::int AS n) room
  UNION ALL
  SELECT format('database %I', d.datname), format('has %s of %s connections in use', s.numbackends, d.datconnlimit),
         format('ALTER DATABASE %I CONNECTION LIMIT -1;', d.datname), 100.0 * s.numbackends / nullif(d.datconnlimit, 0)
  FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
  WHERE d.datname = current_database() AND d.datconnlimit >= 0
  UNION ALL
  SELECT format('role %I', r.rolname), format('has %s of %s connections in use', a.n, r.rolconnlimit),
         format('ALTER ROLE %I CONNECTION LIMIT -1;', r.rolname), 100.0 * a.n / nullif(r.rolconnlimit, 0)
  FROM pg_roles r JOIN (SELECT usesysid, count(*) AS n FROM pg_stat_activity GROUP BY 1) a ON a.usesysid = r.oid
  WHERE r.rolconnlimit >= 0) limits
ORDER BY value DESC NULLS FIRST)"))};
}

}  // namespace

HealthCheck connections_check() {
  return {.id = "connections",
          .title = "Connections are left",
          .section = HealthSection::capacity,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::percent,
          .warning = 90,
          .critical = 95,
          .looks_at =
              "Sessions as a share of what the server takes (without the reserved ones), of the limit "
              "of this database, and of the roles that have one.",
          .why = "At 100 % the application is refused, and so is the next migration.",
          .remedy = "End idle sessions, put a pooler in front, or raise max_connections (needs a restart).",
          .look = look};
}

}  // namespace dbmigrate
