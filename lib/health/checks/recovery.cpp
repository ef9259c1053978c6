// Whether a standby applies what it gets.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (!probe.on_standby()) return {.says = "a primary"};
  Look look{.findings = findings_of(probe, probe.ask(R"(
SELECT 'this standby' AS object, 'has its replay paused' AS detail, 'SELECT pg_wal_replay_resume();' AS fix
WHERE pg_is_wal_replay_paused())"))};
  look.says = "a standby";
  return look;
}

}  // namespace

HealthCheck recovery_check() {
  return {.id = "recovery",
          .title = "Replay goes on",
          .section = HealthSection::replication,
          .severity = HealthStatus::warning,
          .looks_at = "On a standby: whether somebody paused the replay.",
          .why = "Nothing that was received is applied; readers see the past.",
          .remedy = "SELECT pg_wal_replay_resume();",
          .look = look};
}

}  // namespace dbmigrate
