// How old the data of standbys is.
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kOnPrimary = R"(
SELECT format('standby %s', coalesce(nullif(application_name, ''), pid::text)) AS object,
       format('is %s, %s bytes behind', state, greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)) AS detail,
       'SELECT * FROM pg_stat_replication;' AS fix, coalesce(extract(epoch FROM replay_lag), 0) AS value
FROM pg_stat_replication WHERE state <> 'backup' ORDER BY 1)";

constexpr std::string_view kOnStandby = R"(
SELECT 'this standby' AS object,
       format('has applied transactions up to %s',
              to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')) AS detail,
       'SELECT pg_is_wal_replay_paused(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn();' AS fix,
       CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END AS value)";

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(probe.on_standby() ? kOnStandby : kOnPrimary))};
}

}  // namespace

HealthCheck lag_check() {
  return {.id = "lag",
          .title = "Standbys keep up",
          .section = HealthSection::replication,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 1,
          .critical = 10,
          .need = HealthNeed::statistics,
          .looks_at =
              "On a primary how far each standby is behind in applying, on a standby how old the last "
              "transaction is that it applied while there is more.",
          .why = "Readers of the standby see old data, and a failover loses what is not there yet.",
          .remedy =
              "Look at the network and the load of the standby; pg_stat_replication shows where it is "
              "held up.",
          .look = look};
}

}  // namespace dbmigrate
