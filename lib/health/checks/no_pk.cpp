// Tables whose rows have no name.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('table %I.%I', n.nspname, c.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       'has no key' AS detail, format('ALTER TABLE %I.%I ADD PRIMARY KEY (COLUMNS);', n.nspname, c.relname) AS fix,
       greatest(c.relpages, 0)::bigint * current_setting('block_size')::int AS value
FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
  AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND (i.indisprimary OR NOT EXISTS (
        SELECT FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k(attnum)
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND a.attnotnull
        WHERE a.attnum IS NULL)))
ORDER BY value DESC, 1 LIMIT 200)"))};
}

}  // namespace

HealthCheck no_pk_check() {
  return {.id = "no_pk",
          .title = "Tables have a primary key",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::bytes,
          .warning = 1024.0 * 1024,
          .looks_at =
              "Tables without a primary key and without a unique index on NOT NULL columns. Measured is "
              "the table; partitions are looked at through their parent.",
          .why =
              "Rows cannot be told apart: logical replication refuses to update them, and a backfill "
              "cannot walk them.",
          .remedy = "ALTER TABLE NAME ADD PRIMARY KEY (COLUMNS);",
          .look = look};
}

}  // namespace dbmigrate
