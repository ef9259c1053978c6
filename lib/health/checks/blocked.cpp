// Sessions that wait, and for whom.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

std::string query(int server_major) {
  // Before 14 nobody notes when a wait began; the statement did not begin later.
  const char* since =
      server_major >= 14
          ? "coalesce((SELECT min(l.waitstart) FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted), w.query_start)"
          : "w.query_start";
  return fmt::format(R"(
WITH RECURSIVE waits AS MATERIALIZED (
  SELECT a.pid, a.query_start, a.application_name, a.usename, pg_blocking_pids(a.pid) AS behind
  FROM pg_stat_activity a WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'),
chain AS (
  SELECT w.pid, b.pid AS last, ARRAY[w.pid, b.pid] AS path FROM waits w, unnest(w.behind) b(pid)
  UNION ALL
  SELECT c.pid, b.pid, c.path || b.pid FROM chain c JOIN waits w ON w.pid = c.last, unnest(w.behind) b(pid)
  WHERE NOT b.pid = ANY (c.path)),
longest AS (SELECT DISTINCT ON (pid) pid, last, path FROM chain ORDER BY pid, cardinality(path) DESC, last)
SELECT 'pid ' || w.pid AS object,
       format('(%s, user %s) waits: %s%s', coalesce(nullif(w.application_name, ''), 'no name'), w.usename,
              coalesce(array_to_string(c.path, ' behind '), 'for ' || coalesce(held.kind, 'a lock')),
              format(' (%s, %s)', coalesce(nullif(r.application_name, ''), 'no name'), r.state)) AS detail,
       format('SELECT pg_terminate_backend(%s);', coalesce(nullif(c.last, 0), w.pid)) AS fix,
       extract(epoch FROM clock_timestamp() - {}) AS value
FROM waits w LEFT JOIN longest c ON c.pid = w.pid LEFT JOIN pg_stat_activity r ON r.pid = c.last
LEFT JOIN LATERAL (SELECT l.locktype AS kind FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted LIMIT 1) held ON true
ORDER BY value DESC LIMIT 100)",
                     since);
}

Look look(Probe& probe) { return {.findings = findings_of(probe, probe.ask(query(probe.server().major())))}; }

}  // namespace

HealthCheck blocked_check() {
  return {.id = "blocked",
          .title = "Nobody waits for a lock",
          .section = HealthSection::concurrency,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::seconds,
          .warning = 60,
          .critical = 120,
          .need = HealthNeed::statistics,
          .looks_at =
              "Sessions of this database that wait for a lock, with whom they wait for, down to the one "
              "that waits for nobody.",
          .why = "Behind one waiting statement the whole application may queue up.",
          .remedy = "SELECT pg_terminate_backend(PID); of the one at the end of the chain",
          .look = look};
}

}  // namespace dbmigrate
