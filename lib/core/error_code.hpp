// Every reason to stop, with its name, exit status and meaning: one table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace dbmigrate {

/// What a process of ours ends with. `health-check` alone uses the monitoring convention instead.
enum class ExitCode : int {
  done = 0,
  migration_failed = 1,
  usage = 2,
  invalid_input = 3,
  cannot_connect = 4,
  busy = 5,
  pending = 6,
  history_mismatch = 7,
  findings = 8,
  part_way = 9,
  refused = 10,
  interrupted = 130,
  terminated = 143,
};

enum class ErrorCode {
  migration_failed,        ///< the SQL of a revision failed; nothing of it remains
  usage,                   ///< the command line does not make sense
  ambiguous_target,        ///< a target fits several revisions
  unknown_target,          ///< a target fits none
  invalid_config,          ///< dbmigrate.yaml or the environment
  invalid_descriptor,      ///< a migration file
  invalid_graph,           ///< parents, cycles, duplicate ids, several heads
  file_unreadable,         ///< the operating system refuses a file
  cannot_connect,          ///< no connection, or lost and not to be had again
  server_unsupported,      ///< older than PostgreSQL 13, or a version table newer than this program
  server_missing,          ///< no PostgreSQL binaries for an embedded server
  busy,                    ///< another run holds the migration lock
  lock_timeout,            ///< a table's lock was not obtained in time
  lock_lost,               ///< the connection that holds the migration lock died
  not_reached,             ///< `wait` ended before its target was applied
  checksum_mismatch,       ///< a revision changed after it was applied
  unknown_revision,        ///< the database has applied a revision that the files do not have
  state_conflict,          ///< the version table is not what this run expected
  requirement_unmet,       ///< a `requires` of a revision
  expectation_failed,      ///< comparison with the expected catalog, or a check
  contract_broken,         ///< a revision leaves a frozen relation otherwise than its contract says
  part_way,                ///< stopped between two steps of a journalled revision
  transaction_control,     ///< a file ended the transaction that it ran in
  refused,                 ///< policy: protected environment, choice of branches
  data_loss,               ///< a downgrade would lose rows
  read_only_server,        ///< standby, or default_transaction_read_only
  missing_privilege,       ///< the role may not
  unsupported_feature,     ///< a descriptor key whose machinery this version does not have
  out_of_resources,        ///< disk full, out of shared memory, too many connections
  server_error,            ///< any other error that the server reports
  interrupted,             ///< SIGINT
  terminated,              ///< SIGTERM
  internal,                ///< a mistake of ours
};

struct ErrorCodeEntry {
  ErrorCode code;
  std::string_view name;  ///< as it stands in JSON, `lock_timeout`
  ExitCode exit;
  std::string_view meaning;
};

/// In the order of the enumeration; what the reference page prints.
std::span<const ErrorCodeEntry> error_codes();

std::string_view name_of(ErrorCode code);
ExitCode exit_code_of(ErrorCode code);

struct ExitCodeEntry {
  ExitCode code;
  std::string_view meaning;
};

std::span<const ExitCodeEntry> exit_codes();

}  // namespace dbmigrate
