// The lock that keeps two runs apart.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/migration_lock.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  const auto key = static_cast<std::uint64_t>(migration_lock_key(probe.subject().version_schema));
  Look look{.findings = findings_of(probe, probe.ask(fmt::format(
                                               R"(SELECT 'pid ' || l.pid AS object,
       format('holds the migration lock (%s, user %s)', a.application_name, a.usename) AS detail,
       format('SELECT pg_terminate_backend(%s);', l.pid) AS fix,
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS value
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = {} AND l.objid = {}
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                                               key >> 32U, key & 0xffffffffU)))};
  look.says = look.findings.empty() ? "free" : "held by " + look.findings.front().object;
  return look;
}

}  // namespace

HealthCheck migration_lock_check() {
  return {.id = "migration_lock",
          .title = "Migration lock",
          .section = HealthSection::migrations,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 1 * 3600,
          .critical = 6 * 3600,
          .looks_at = "Who holds the lock of a run, and for how long.",
          .why = "While it is held no other run begins; a deployment waits.",
          .remedy = "Wait for that run to end; SELECT pg_terminate_backend(PID); where it is known to hang.",
          .look = look};
}

}  // namespace dbmigrate
