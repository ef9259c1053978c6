// Functions that run with more rights than their caller, along his path.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('function %s', p.oid::regprocedure) AS object, 'is SECURITY DEFINER and takes the path of its caller' AS detail,
       format('ALTER %s %s SET search_path = pg_catalog, %I, pg_temp;', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
              p.oid::regprocedure, n.nspname) AS fix
FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
WHERE p.prosecdef AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
ORDER BY 1)"))};
}

}  // namespace

HealthCheck search_path_check() {
  return {.id = "search_path",
          .title = "Functions with their owner's rights fix their path",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .looks_at = "SECURITY DEFINER functions without a search_path of their own.",
          .why =
              "Who calls one chooses what its unqualified names mean, and runs that with the rights of "
              "the owner.",
          .remedy = "ALTER FUNCTION NAME SET search_path = pg_catalog, public, pg_temp;",
          .look = look};
}

}  // namespace dbmigrate
