// Room that deleted rows still take.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('table %I.%I', n.nspname, c.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       format('holds %s dead rows beside %s live ones', dead.n, live.n) AS detail,
       format('VACUUM (VERBOSE, ANALYZE) %I.%I;', n.nspname, c.relname) AS fix,
       greatest(c.relpages, 0)::numeric * current_setting('block_size')::int * dead.n / (dead.n + live.n) AS value
FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_stat_get_dead_tuples(c.oid) AS n) dead
CROSS JOIN LATERAL (SELECT pg_stat_get_live_tuples(c.oid) AS n) live
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND dead.n > 0
ORDER BY value DESC, 1 LIMIT 100)"))};
}

}  // namespace

HealthCheck bloat_check() {
  return {.id = "bloat",
          .title = "Dead rows are vacuumed",
          .section = HealthSection::capacity,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::bytes,
          .warning = 1.0 * 1024 * 1024 * 1024,
          .critical = 5.0 * 1024 * 1024 * 1024,
          .looks_at = "The room that dead rows take in a table, estimated from its size and its statistics.",
          .why =
              "They make every scan longer; they pile up where a long transaction, a slot or a "
              "switched-off autovacuum keeps vacuum from its work.",
          .remedy = "VACUUM (VERBOSE, ANALYZE) NAME;",
          .look = look};
}

}  // namespace dbmigrate
