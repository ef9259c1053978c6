// Tables that are due for a vacuum that cannot be put off.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('table %I.%I', n.nspname, c.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       format('is at %s %% of what autovacuum waits for', round(old.share, 1)) AS detail,
       format('VACUUM (FREEZE) %I.%I;', n.nspname, c.relname) AS fix, old.share AS value
FROM pg_class c JOIN ours n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
CROSS JOIN LATERAL (
  SELECT 100.0 * greatest(
    greatest(age(c.relfrozenxid), age(t.relfrozenxid))::numeric / current_setting('autovacuum_freeze_max_age')::int,
    greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid))::numeric
      / current_setting('autovacuum_multixact_freeze_max_age')::int) AS share) old
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
ORDER BY old.share DESC, 1 LIMIT 20)"))};
}

}  // namespace

HealthCheck freeze_check() {
  return {.id = "freeze",
          .title = "Freezing keeps up",
          .section = HealthSection::capacity,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::percent,
          .warning = 90,
          .critical = 95,
          .looks_at =
              "The age of each table as a share of autovacuum_freeze_max_age (or its multixact twin), "
              "the twenty oldest.",
          .why =
              "At 100 % a vacuum that cannot be put off begins; on a large table that is better done at "
              "a time of your own choice.",
          .remedy = "VACUUM (FREEZE) NAME;",
          .look = look};
}

}  // namespace dbmigrate
