// What the next major version would refuse.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('column %I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       format('%I.%I', n.nspname, c.relname) AS relation,
       format('has the type %s', format_type(a.atttypid, NULL)) AS detail,
       format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE text;', n.nspname, c.relname, a.attname) AS fix
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  AND a.atttypid IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
                     'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype)
ORDER BY 1)"))};
}

}  // namespace

HealthCheck upgrade_ready_check() {
  return {.id = "upgrade_ready",
          .title = "Nothing stands in the way of pg_upgrade",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .looks_at =
              "Columns of types that hold OIDs of the catalog (regproc, regconfig and their kind, but "
              "for regclass, regtype and regrole).",
          .why = "pg_upgrade, and the upgrades of hosted databases, refuse a database that has one.",
          .remedy = "ALTER TABLE NAME ALTER COLUMN NAME TYPE text;",
          .look = look};
}

}  // namespace dbmigrate
