// Indexes that no query needs.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (probe.on_standby()) return {.says = "to be looked at on the primary, and here by hand"};
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('index %I.%I', n.nspname, r.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       format('of %s MB has not been used', s.bytes / 1048576) AS detail,
       format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, r.relname) AS fix,
       extract(epoch FROM clock_timestamp() - since.at) / 86400 AS value
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN ours n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT greatest(r.relpages, 0)::bigint * current_setting('block_size')::int AS bytes) s
CROSS JOIN (
  SELECT coalesce(pg_stat_get_db_stat_reset_time(oid), pg_postmaster_start_time()) AS at
  FROM pg_database WHERE datname = current_database()) since
WHERE i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident AND r.relkind = 'i'
  AND s.bytes >= 1048576 AND pg_stat_get_numscans(r.oid) = 0
ORDER BY s.bytes DESC, 1 LIMIT 200)"))};
}

}  // namespace

HealthCheck unused_index_check() {
  return {.id = "unused_index",
          .title = "Indexes are used",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::days,
          .warning = 30,
          .looks_at =
              "Indexes of 1 MB and more, neither unique nor of a constraint, that no query has used "
              "since the statistics began. Measured is how long that is.",
          .why =
              "An index that serves nothing costs every write. Standbys count for themselves: look "
              "there before dropping one.",
          .remedy = "DROP INDEX CONCURRENTLY NAME;",
          .look = look};
}

}  // namespace dbmigrate
