// The table of error codes and the one of exit statuses.
// SPDX-License-Identifier: Apache-2.0
#include "core/error_code.hpp"

#include <array>
#include <cstddef>

namespace dbmigrate {
namespace {

constexpr std::array kErrorCodes{
    ErrorCodeEntry{ErrorCode::migration_failed, "migration_failed", ExitCode::migration_failed,
                   "The SQL of a revision failed; nothing of that revision remains."},
    ErrorCodeEntry{ErrorCode::usage, "usage", ExitCode::usage, "The command line does not make sense."},
    ErrorCodeEntry{ErrorCode::ambiguous_target, "ambiguous_target", ExitCode::usage,
                   "The target fits several revisions or branches."},
    ErrorCodeEntry{ErrorCode::unknown_target, "unknown_target", ExitCode::usage, "The target fits no revision."},
    ErrorCodeEntry{ErrorCode::invalid_config, "invalid_config", ExitCode::invalid_input,
                   "dbmigrate.yaml or an environment variable is wrong."},
    ErrorCodeEntry{ErrorCode::invalid_descriptor, "invalid_descriptor", ExitCode::invalid_input,
                   "A migration file is wrong."},
    ErrorCodeEntry{ErrorCode::invalid_graph, "invalid_graph", ExitCode::invalid_input,
                   "Parents, dependencies or heads of the revisions do not fit together."},
    ErrorCodeEntry{ErrorCode::file_unreadable, "file_unreadable", ExitCode::invalid_input,
                   "The operating system refuses a file or folder."},
    ErrorCodeEntry{ErrorCode::cannot_connect, "cannot_connect", ExitCode::cannot_connect,
                   "There is no connection to the server, or it was lost."},
    ErrorCodeEntry{ErrorCode::server_unsupported, "server_unsupported", ExitCode::cannot_connect,
                   "The server, or its version table, is not one that this program understands."},
    ErrorCodeEntry{ErrorCode::server_missing, "server_missing", ExitCode::cannot_connect,
                   "No PostgreSQL binaries were found to start a server from."},
    ErrorCodeEntry{ErrorCode::busy, "busy", ExitCode::busy, "Another run holds the migration lock."},
    ErrorCodeEntry{ErrorCode::lock_timeout, "lock_timeout", ExitCode::busy,
                   "Locks on tables were not obtained in time; nothing of the revision remains."},
    ErrorCodeEntry{ErrorCode::lock_lost, "lock_lost", ExitCode::busy,
                   "The connection that holds the migration lock died; the run stopped before its next revision."},
    ErrorCodeEntry{ErrorCode::not_reached, "not_reached", ExitCode::busy,
                   "The revision that was waited for was not applied in time."},
    ErrorCodeEntry{ErrorCode::checksum_mismatch, "checksum_mismatch", ExitCode::history_mismatch,
                   "A revision changed after it was applied."},
    ErrorCodeEntry{ErrorCode::unknown_revision, "unknown_revision", ExitCode::history_mismatch,
                   "The database has a revision that the files do not have."},
    ErrorCodeEntry{ErrorCode::state_conflict, "state_conflict", ExitCode::history_mismatch,
                   "The version table is not what the run expected."},
    ErrorCodeEntry{ErrorCode::requirement_unmet, "requirement_unmet", ExitCode::findings,
                   "Something that a revision requires is not there."},
    ErrorCodeEntry{ErrorCode::expectation_failed, "expectation_failed", ExitCode::findings,
                   "The database is not as the revision expects it."},
    ErrorCodeEntry{ErrorCode::contract_broken, "contract_broken", ExitCode::findings,
                   "A revision leaves a frozen relation otherwise than its contract says."},
    ErrorCodeEntry{ErrorCode::part_way, "part_way", ExitCode::part_way,
                   "A journalled revision stopped between two steps; a re-run goes on there."},
    ErrorCodeEntry{ErrorCode::transaction_control, "transaction_control", ExitCode::part_way,
                   "A migration ended the transaction that it ran in."},
    ErrorCodeEntry{ErrorCode::refused, "refused", ExitCode::refused, "A policy stands against it."},
    ErrorCodeEntry{ErrorCode::data_loss, "data_loss", ExitCode::refused, "A downgrade would lose rows."},
    ErrorCodeEntry{ErrorCode::read_only_server, "read_only_server", ExitCode::refused,
                   "The server is a standby or read-only."},
    ErrorCodeEntry{ErrorCode::missing_privilege, "missing_privilege", ExitCode::refused,
                   "The role lacks a privilege."},
    ErrorCodeEntry{ErrorCode::unsupported_feature, "unsupported_feature", ExitCode::refused,
                   "A descriptor asks for something that this version cannot run."},
    ErrorCodeEntry{ErrorCode::out_of_resources, "out_of_resources", ExitCode::migration_failed,
                   "The server ran out of disk, memory or lock slots; nothing of the revision remains."},
    ErrorCodeEntry{ErrorCode::server_error, "server_error", ExitCode::migration_failed,
                   "The server reports an error outside any revision."},
    ErrorCodeEntry{ErrorCode::interrupted, "interrupted", ExitCode::interrupted, "SIGINT (Ctrl-C) arrived."},
    ErrorCodeEntry{ErrorCode::terminated, "terminated", ExitCode::terminated, "SIGTERM arrived."},
    ErrorCodeEntry{ErrorCode::internal, "internal", ExitCode::migration_failed, "A mistake in dbmigrate itself."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kErrorCodes.size(); ++i) {
    if (static_cast<std::size_t>(kErrorCodes.at(i).code) != i) return false;
  }
  return true;
}
static_assert(in_order(), "kErrorCodes follows the enumeration");
static_assert(kErrorCodes.back().code == ErrorCode::internal, "kErrorCodes holds every code");

constexpr std::array kExitCodes{
    ExitCodeEntry{ExitCode::done, "done, or nothing to do"},
    ExitCodeEntry{ExitCode::migration_failed, "a migration failed; nothing of it remains"},
    ExitCodeEntry{ExitCode::usage, "wrong usage"},
    ExitCodeEntry{ExitCode::invalid_input, "invalid configuration, descriptor or graph"},
    ExitCodeEntry{ExitCode::cannot_connect, "cannot connect"},
    ExitCodeEntry{ExitCode::busy, "busy: another run, or locks not obtained in time"},
    ExitCodeEntry{ExitCode::pending, "revisions are pending (only with --check)"},
    ExitCodeEntry{ExitCode::history_mismatch, "the database's history and the files disagree"},
    ExitCodeEntry{ExitCode::findings, "the answer is no: findings, failed checks, broken contracts, unmet requirements"},
    ExitCodeEntry{ExitCode::part_way, "stopped part-way: a journalled revision needs a re-run"},
    ExitCodeEntry{ExitCode::refused, "refused by policy: data loss, protected, read-only, missing privilege"},
    ExitCodeEntry{ExitCode::interrupted, "interrupted (SIGINT)"},
    ExitCodeEntry{ExitCode::terminated, "interrupted (SIGTERM)"},
};

const ErrorCodeEntry& entry(ErrorCode code) { return kErrorCodes.at(static_cast<std::size_t>(code)); }

}  // namespace

std::span<const ErrorCodeEntry> error_codes() { return kErrorCodes; }
std::string_view name_of(ErrorCode code) { return entry(code).name; }
ExitCode exit_code_of(ErrorCode code) { return entry(code).exit; }
std::span<const ExitCodeEntry> exit_codes() { return kExitCodes; }

}  // namespace dbmigrate
