// Indexes that another one makes needless.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT DISTINCT ON (r.oid) format('index %I.%I', n.nspname, r.relname) AS object,
       format('%I.%I', n.nspname, c.relname) AS relation, format('is covered by %I.%I', n.nspname, b.relname) AS detail,
       format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, r.relname) AS fix,
       greatest(r.relpages, 0)::bigint * current_setting('block_size')::int AS value
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN ours n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = r.relam
JOIN pg_index j ON j.indrelid = i.indrelid AND j.indexrelid <> i.indexrelid AND j.indisvalid
JOIN pg_class b ON b.oid = j.indexrelid AND b.relam = r.relam
WHERE i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident AND i.indnatts = i.indnkeyatts
  AND coalesce(pg_get_expr(i.indpred, i.indrelid), '') = coalesce(pg_get_expr(j.indpred, j.indrelid), '')
  AND (j.indkey::int2[])[0:i.indnkeyatts - 1] = (i.indkey::int2[])[0:i.indnkeyatts - 1]
  AND (j.indclass::oid[])[0:i.indnkeyatts - 1] = (i.indclass::oid[])[0:i.indnkeyatts - 1]
  AND (j.indcollation::oid[])[0:i.indnkeyatts - 1] = (i.indcollation::oid[])[0:i.indnkeyatts - 1]
  AND (j.indoption::int2[])[0:i.indnkeyatts - 1] = (i.indoption::int2[])[0:i.indnkeyatts - 1]
  AND CASE WHEN j.indnkeyatts > i.indnkeyatts THEN m.amname = 'btree' AND i.indexprs IS NULL AND j.indexprs IS NULL
      ELSE j.indnkeyatts = i.indnkeyatts
        AND coalesce(pg_get_expr(i.indexprs, i.indrelid), '') = coalesce(pg_get_expr(j.indexprs, j.indrelid), '')
        AND (j.indisunique OR j.indnatts > i.indnatts OR j.indexrelid < i.indexrelid) END
ORDER BY r.oid, j.indexrelid)"))};
}

}  // namespace

HealthCheck duplicate_index_check() {
  return {.id = "duplicate_index",
          .title = "No index is redundant",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::bytes,
          .warning = 10.0 * 1024 * 1024,
          .looks_at =
              "Large indexes that another one covers: the same columns or the first of them, with the "
              "same operator classes, order and condition. Unique ones and those of constraints are "
              "never called redundant. Measured is the index.",
          .why = "Each costs every write and room in memory, and serves nothing that the other does not.",
          .remedy = "DROP INDEX CONCURRENTLY NAME;",
          .look = look};
}

}  // namespace dbmigrate
