// Orphans behind foreign keys that do not hold.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT object, relation, format('lets %s rows point nowhere', CASE WHEN n > 1000 THEN 'more than 1000' ELSE n::text END) AS detail,
       fix FROM (
  SELECT format('constraint %I.%I.%I', n.nspname, c.relname, k.conname) AS object,
         format('%I.%I', n.nspname, c.relname) AS relation,
         format('SELECT f.* FROM %I.%I f WHERE %s;', n.nspname, c.relname, lost.condition) AS fix,
         (regexp_match(query_to_xml(format('SELECT count(*) AS n FROM (SELECT FROM %I.%I f WHERE %s LIMIT 1001) x',
                                           n.nspname, c.relname, lost.condition), false, true, '')::text,
                       '<n>(\d+)</n>'))[1]::bigint AS n
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN ours n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
  CROSS JOIN LATERAL (
    SELECT format('%s AND NOT EXISTS (SELECT FROM %I.%I p WHERE %s)',
                  string_agg(format('f.%I IS NOT NULL', a.attname), ' AND ' ORDER BY u.place), pn.nspname, p.relname,
                  string_agg(format('p.%I OPERATOR(%I.%s) f.%I', b.attname, onsp.nspname, o.oprname, a.attname), ' AND '
                             ORDER BY u.place)) AS condition
    FROM unnest(k.conkey, k.confkey, k.conpfeqop) WITH ORDINALITY u(here, there, operator, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.here
    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.there
    JOIN pg_operator o ON o.oid = u.operator JOIN pg_namespace onsp ON onsp.oid = o.oprnamespace) lost
  WHERE k.contype = 'f' AND k.conparentid = 0 AND (NOT k.convalidated OR EXISTS (
    SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled = 'D'))) looked
WHERE n > 0 ORDER BY object)"))};
}

}  // namespace

HealthCheck orphan_rows_check() {
  return {.id = "orphan_rows",
          .title = "No row points nowhere",
          .section = HealthSection::schema,
          .severity = HealthStatus::critical,
          .looks_at =
              "Rows without their referenced row, in tables whose foreign key is NOT VALID or switched "
              "off; counted up to 1,000.",
          .why =
              "The application follows such a reference into nothing, and the constraint can never be "
              "validated.",
          .remedy = "Delete or mend the rows, then ALTER TABLE NAME VALIDATE CONSTRAINT NAME;",
          .look = look};
}

}  // namespace dbmigrate
