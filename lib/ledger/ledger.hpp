// What one database remembers of its history: the version table, its control row and the event log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_fwd.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Who runs what, the same for every event of a run.
struct RunIdentity {
  std::string run_id;   ///< a UUID
  std::string command;  ///< `upgrade`
  std::string os_user;
  std::string host;
  std::string application;
  std::string tool_version;
  std::string git_commit;  ///< of the migrations; empty = none
  std::string flags;       ///< the command line without secrets
  std::string change;      ///< --change
};

/// One line of the event log. Times are the server's.
struct HistoryEvent {
  std::string event;  ///< upgrade, downgrade, stamp, repair, retry, failure, interruption, refused
  std::optional<RevisionId> id;
  std::string direction;
  std::string from_state;
  std::string to_state;
  Milliseconds took{0};
  std::string sqlstate;
  std::string message;
  std::string statement;  ///< without literals
  std::string file;
  int line = 0;
  int lock_waits = 0;
  std::vector<std::string> blockers;
};

/// A row of the event log as it reads back, oldest first.
struct RecordedEvent {
  HistoryEvent event;
  std::string finished_at;
  std::string run_id;
  std::string database_user;
  std::string os_user;
  std::string host;
  std::string tool_version;
  std::string git_commit;
  std::string flags;
  std::string change;
};

/// The generation counts every change of the version table; a change that expected another one is refused.
struct LedgerState {
  bool exists = false;
  int internal_version = 0;  ///< the form of the tables; below kLedgerVersion, Ledger::create() brings them up to it
  std::int64_t generation = 0;
  std::vector<AppliedRevision> rows;  ///< oldest first
};

/// Caches nothing: every call asks the server. The texts it makes are whole statements, each with its semicolon, to
/// be sent in the transaction that they belong to; all names in them carry their schema.
class Ledger {
 public:
  /// Sends nothing. `session` outlives the ledger. `role` is set in the ledger's own transactions; empty = none.
  /// `idle_timeout`: when the server ends those of a client that fell silent.
  Ledger(Session& session, std::string schema, std::string role = {}, Milliseconds idle_timeout = Milliseconds{30'000});

  /// Throws Error{server_unsupported} when the tables are newer than this program.
  [[nodiscard]] LedgerState read() const;

  /// Makes or upgrades the tables where needed; safe when several do it at once. Throws Error{missing_privilege}.
  void create() const;

  /// Throws Error{missing_privilege} that names what the role may not do to the tables, before anything is changed.
  void require_privileges() const;

  /// Puts the control row back where somebody deleted it; true when it did.
  bool restore_control() const;

  /// The statements of create(), for scripts.
  [[nodiscard]] std::string creation_sql() const;

  /// Raises SQLSTATE DBM01 on the server unless the generation is `expected`; counts it up.
  [[nodiscard]] std::string claim_generation_sql(std::int64_t expected) const;
  /// Inserts the row as in_progress; fails with 23505 when it is there already.
  [[nodiscard]] std::string claim_new_sql(const AppliedRevision& row) const;
  /// Takes over a row that is in `expected` state with `expected.steps_done`; raises DBM01 when it is not.
  [[nodiscard]] std::string claim_existing_sql(const AppliedRevision& expected, const AppliedRevision& now) const;
  /// One more step done; raises DBM01 unless exactly `done` were and the row is this run's.
  [[nodiscard]] std::string claim_step_sql(const RevisionId& id, std::string_view run_id, int done,
                                           std::string_view step_hash) const;
  /// The final state; touches the row only while the claim's transaction is the one that is still open
  /// (`claim_xid` empty = a journalled revision, whose claim was committed).
  [[nodiscard]] std::string finish_upgrade_sql(const AppliedRevision& row, std::string_view claim_xid) const;
  /// Drops the extensions that the revision created; one that another revision in effect declares is that one's to
  /// drop from here on. Where nothing depends on an extension in the catalog (the default gen_random_uuid() does not
  /// depend on pgcrypto), this record is all that knows. Empty for a revision that has to do with none.
  [[nodiscard]] std::string release_extensions_sql(const AppliedRevision& row) const;
  /// Takes the progress of its backfills along.
  [[nodiscard]] std::string finish_downgrade_sql(const RevisionId& id, std::string_view run_id,
                                                 std::string_view claim_xid) const;
  /// Records a revision without running it: insert or overwrite.
  [[nodiscard]] std::string put_sql(const AppliedRevision& row) const;
  [[nodiscard]] std::string delete_sql(const RevisionId& id) const;
  /// For a revision that is no longer in effect: its row, and the progress of its backfills, which would otherwise
  /// count as done when it runs again.
  [[nodiscard]] std::string forget_sql(const RevisionId& id) const;
  [[nodiscard]] std::string event_sql(const RunIdentity& run, const HistoryEvent& event) const;

  /// Of its own transaction; never throws: the command's own outcome matters more.
  void record(const RunIdentity& run, const HistoryEvent& event) const noexcept;

  /// The newest `limit` events, oldest first; 0 = all. Empty when there is no log yet.
  [[nodiscard]] std::vector<RecordedEvent> history(int limit) const;

  [[nodiscard]] const std::string& schema() const { return schema_; }

 private:
  [[nodiscard]] std::string table(std::string_view name) const;
  [[nodiscard]] bool exists() const;
  [[nodiscard]] bool up_to_date() const;
  [[nodiscard]] std::string begin(Milliseconds lock_timeout) const;
  void require_readable_version(int internal_version) const;

  Session* session_;
  std::string schema_;
  std::string role_;
  Milliseconds idle_timeout_;
};

/// What a lost claim raises on the server.
inline constexpr std::string_view kLostClaim = "DBM01";

}  // namespace dbmigrate
