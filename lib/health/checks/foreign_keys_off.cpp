// Foreign keys that are switched off.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('constraint %I.%I.%I', n.nspname, c.relname, k.conname) AS object,
       format('%I.%I', n.nspname, c.relname) AS relation,
       format('is not enforced: triggers of %s are disabled', string_agg(DISTINCT g.tgrelid::regclass::text, ', ')) AS detail,
       string_agg(DISTINCT format('ALTER TABLE %s ENABLE TRIGGER ALL;', g.tgrelid::regclass), ' ') AS fix
FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint AND k.contype = 'f'
JOIN pg_class c ON c.oid = k.conrelid JOIN ours n ON n.oid = c.relnamespace
WHERE g.tgisinternal AND g.tgenabled = 'D'
GROUP BY 1, 2 ORDER BY 1)"))};
}

}  // namespace

HealthCheck foreign_keys_off_check() {
  return {.id = "foreign_keys_off",
          .title = "Foreign keys enforced",
          .section = HealthSection::schema,
          .severity = HealthStatus::critical,
          .looks_at =
              "Foreign keys whose own triggers are disabled, as ALTER TABLE … DISABLE TRIGGER ALL "
              "leaves them.",
          .why = "They look as if they held, and rows that point nowhere get in.",
          .remedy = "ALTER TABLE NAME ENABLE TRIGGER ALL; then look for orphans",
          .look = look};
}

}  // namespace dbmigrate
