// Counters that come to their end.
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kQuery = R"(
SELECT format('sequence %I.%I', n.nspname, c.relname) AS object, taker.relation,
       CASE WHEN NOT seen.may THEN 'may not be read by this role'
            ELSE format('has used %s of its values up to %s%s', round(used.share, 1) || ' %',
                        CASE WHEN s.seqincrement > 0 THEN reach.top ELSE reach.bottom END, ', for ' || taker.columns) END AS detail,
       CASE WHEN NOT seen.may THEN format('GRANT SELECT ON SEQUENCE %I.%I TO %I;', n.nspname, c.relname, current_user)
            ELSE coalesce(taker.fix, format('ALTER SEQUENCE %I.%I AS bigint NO MAXVALUE;', n.nspname, c.relname)) END AS fix,
       CASE WHEN seen.may THEN coalesce(used.share, 0) END AS value, CASE WHEN NOT seen.may THEN 'unknown' END AS status
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN ours n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT has_sequence_privilege(c.oid, 'SELECT, USAGE') AS may) seen
CROSS JOIN LATERAL (SELECT CASE WHEN seen.may THEN pg_sequence_last_value(c.oid) END AS last) now
LEFT JOIN LATERAL (
  SELECT min(CASE t.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END) AS top,
         string_agg(format('%s.%I', t.attrelid::regclass, t.attname), ', ') AS columns, min(format('%I.%I', tn.nspname, tc.relname)) AS relation,
         min(format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE bigint;', tn.nspname, tc.relname, t.attname)) AS fix
  FROM (SELECT d.refobjid AS rel, d.refobjsubid AS att FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
          AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        UNION SELECT e.adrelid, e.adnum FROM pg_depend d JOIN pg_attrdef e ON e.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid) u
  JOIN pg_attribute t ON t.attrelid = u.rel AND t.attnum = u.att AND NOT t.attisdropped
  JOIN pg_class tc ON tc.oid = t.attrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace) taker ON true
CROSS JOIN LATERAL (
  SELECT least(s.seqmax, taker.top) AS top, greatest(s.seqmin, -taker.top - 1) AS bottom) reach
CROSS JOIN LATERAL (
  SELECT 100 * CASE WHEN s.seqincrement > 0 THEN (now.last - s.seqmin)::numeric / nullif(reach.top::numeric - s.seqmin, 0)
                    ELSE (s.seqmax::numeric - now.last) / nullif(s.seqmax - reach.bottom::numeric, 0) END AS share) used
WHERE NOT s.seqcycle AND c.relpersistence = 'p'
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
ORDER BY value DESC NULLS FIRST, 1 LIMIT 200)";

Look look(Probe& probe) { return {.findings = findings_of(probe, probe.ask_of_ours(kQuery))}; }

}  // namespace

HealthCheck sequence_check() {
  return {.id = "sequence",
          .title = "Sequences have room",
          .section = HealthSection::capacity,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::percent,
          .warning = 85,
          .critical = 95,
          .looks_at =
              "How much of its values a sequence has used, up to its own limit or that of the narrowest "
              "column that takes them. Cycling ones do not count.",
          .why = "When it is used up every INSERT fails.",
          .remedy =
              "ALTER TABLE NAME ALTER COLUMN NAME TYPE bigint; (a rewrite: see the how-to pages for "
              "batches)",
          .look = look};
}

}  // namespace dbmigrate
