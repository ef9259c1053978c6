// Tables of which the planner knows nothing.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (probe.on_standby()) return {.says = "to be looked at on the primary"};
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('table %I.%I', n.nspname, c.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       format('has %s rows and was never analyzed', pg_stat_get_live_tuples(c.oid)) AS detail,
       format('ANALYZE %I.%I;', n.nspname, c.relname) AS fix, pg_stat_get_live_tuples(c.oid) AS value
FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND pg_stat_get_last_analyze_time(c.oid) IS NULL
  AND pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
ORDER BY value DESC, 1 LIMIT 200)"))};
}

}  // namespace

HealthCheck never_analyzed_check() {
  return {.id = "never_analyzed",
          .title = "Large tables are analyzed",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::count,
          .warning = 100000,
          .looks_at = "Tables that nobody has analyzed since the statistics began. Measured are their rows.",
          .why = "The planner guesses, and picks plans that are slow by orders of magnitude.",
          .remedy = "ANALYZE NAME;",
          .look = look};
}

}  // namespace dbmigrate
