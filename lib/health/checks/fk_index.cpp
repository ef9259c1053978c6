// Foreign keys that make every delete a scan.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('constraint %I.%I.%I', n.nspname, c.relname, k.conname) AS object,
       format('%I.%I', n.nspname, c.relname) AS relation, format('has no index that begins with (%s)', cols.names) AS detail,
       format('CREATE INDEX CONCURRENTLY ON %I.%I (%s);', n.nspname, c.relname, cols.names) AS fix,
       greatest(c.relpages, 0)::bigint * current_setting('block_size')::int AS value
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN ours n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) AS names
  FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) cols
WHERE k.contype = 'f' AND NOT EXISTS (
  SELECT FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_am m ON m.oid = r.relam
  WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND m.amname IN ('btree', 'hash')
    AND i.indnkeyatts >= cardinality(k.conkey)
    AND (SELECT array_agg(x ORDER BY x) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) x)
      = (SELECT array_agg(x ORDER BY x) FROM unnest(k.conkey) x))
ORDER BY value DESC, 1 LIMIT 200)"))};
}

}  // namespace

HealthCheck fk_index_check() {
  return {.id = "fk_index",
          .title = "Foreign keys have an index",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::bytes,
          .warning = 100.0 * 1024 * 1024,
          .looks_at =
              "Foreign keys of large tables without a valid index that begins with their columns, in "
              "whatever order; partial indexes do not count. Measured is the table.",
          .why = "Each DELETE or key UPDATE of the referenced row scans the whole table, under a lock.",
          .remedy = "CREATE INDEX CONCURRENTLY ON NAME (COLUMNS);",
          .look = look};
}

}  // namespace dbmigrate
