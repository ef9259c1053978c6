// Every check, in the order in which they run and are told: this program's table of contents of health.
// SPDX-License-Identifier: Apache-2.0
#include "health/checks.hpp"

namespace dbmigrate {

HealthCheck extensions_check();
HealthCheck tables_check();
HealthCheck indexes_check();
HealthCheck version_check();
HealthCheck version_tables_check();
HealthCheck unknown_revision_check();
HealthCheck checksums_check();
HealthCheck journal_check();
HealthCheck gone_revision_check();
HealthCheck backfill_failures_check();
HealthCheck backfill_paused_check();
HealthCheck migration_lock_check();
HealthCheck orphan_runner_check();
HealthCheck data_checks_check();
HealthCheck contracts_check();
HealthCheck drift_check();
HealthCheck leftover_check();
HealthCheck not_valid_check();
HealthCheck disabled_trigger_check();
HealthCheck foreign_keys_off_check();
HealthCheck invalid_index_check();
HealthCheck fk_index_check();
HealthCheck duplicate_index_check();
HealthCheck unused_index_check();
HealthCheck no_pk_check();
HealthCheck orphan_rows_check();
HealthCheck never_analyzed_check();
HealthCheck extension_version_check();
HealthCheck collation_version_check();
HealthCheck search_path_check();
HealthCheck upgrade_ready_check();
HealthCheck sequence_check();
HealthCheck wraparound_check();
HealthCheck freeze_check();
HealthCheck connections_check();
HealthCheck archive_check();
HealthCheck bloat_check();
HealthCheck prepared_xact_check();
HealthCheck disk_check();
HealthCheck invalid_database_check();
HealthCheck long_xact_check();
HealthCheck idle_xact_check();
HealthCheck blocked_check();
HealthCheck deadlocks_check();
HealthCheck lag_check();
HealthCheck slots_check();
HealthCheck wal_receiver_check();
HealthCheck recovery_check();
HealthCheck read_only_check();
HealthCheck version_supported_check();
HealthCheck time_skew_check();
HealthCheck settings_check();

const std::vector<HealthCheck>& health_checks() {
  static const std::vector<HealthCheck> all{
      extensions_check(),
      tables_check(),
      indexes_check(),
      version_check(),
      version_tables_check(),
      unknown_revision_check(),
      checksums_check(),
      journal_check(),
      gone_revision_check(),
      backfill_failures_check(),
      backfill_paused_check(),
      migration_lock_check(),
      orphan_runner_check(),
      data_checks_check(),
      contracts_check(),
      drift_check(),
      leftover_check(),
      not_valid_check(),
      disabled_trigger_check(),
      foreign_keys_off_check(),
      invalid_index_check(),
      fk_index_check(),
      duplicate_index_check(),
      unused_index_check(),
      no_pk_check(),
      orphan_rows_check(),
      never_analyzed_check(),
      extension_version_check(),
      collation_version_check(),
      search_path_check(),
      upgrade_ready_check(),
      sequence_check(),
      wraparound_check(),
      freeze_check(),
      connections_check(),
      archive_check(),
      bloat_check(),
      prepared_xact_check(),
      disk_check(),
      invalid_database_check(),
      long_xact_check(),
      idle_xact_check(),
      blocked_check(),
      deadlocks_check(),
      lag_check(),
      slots_check(),
      wal_receiver_check(),
      recovery_check(),
      read_only_check(),
      version_supported_check(),
      time_skew_check(),
      settings_check(),
  };
  return all;
}

}  // namespace dbmigrate
