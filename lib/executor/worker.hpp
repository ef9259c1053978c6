// The connection that changes the database, with what every transaction on it needs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "executor/contract_guard.hpp"
#include "executor/observer.hpp"
#include "executor/prepared_revision.hpp"
#include "executor/run_options.hpp"
#include "ledger/ledger.hpp"

namespace dbmigrate {

/// What the units of a run share. One worker connection, one lock, the expected generation.
struct Worker {
  const RunOptions& options;
  Clock& clock;
  Observer& observer;
  std::unique_ptr<Session> session;
  std::unique_ptr<MigrationLock> lock;
  std::unique_ptr<Ledger> ledger;
  std::int64_t generation = 0;  ///< what the next claim expects
  Milliseconds deadlock_timeout{1'000};
  ContractGuard guard;
  std::optional<RevisionId> now;  ///< the revision that notices belong to

  [[nodiscard]] bool pooled() const { return session->server().pooled; }
};

/// What makes the user's agreements known to a revision's SQL, for the start of a transaction, each a statement.
std::vector<std::string> agreed_settings(const RunOptions& options);

/// BEGIN and the settings of one transaction, each a statement. `revision` may override the timeouts; attempts that
/// are to outwait deadlock_timeout say so.
std::vector<std::string> begin_statements(const Worker& worker, const PreparedRevision* revision,
                                          bool outwait_autovacuum);

/// What puts role and settings back after a file, before our own rows are written.
std::string restore_statements(const Worker& worker);

/// Session-wide settings for statements outside transactions; only on a direct connection.
void prepare_session_for_outside(Worker& worker);
void restore_session(Worker& worker);

/// Runs `attempt` until it goes through: rolls back, names the blockers and tries again on lock timeouts, deadlocks and
/// serialization failures, within --lock-retry-for. Counts every retry into `lock_waits` and `blockers`.
struct RetryTally {
  int lock_waits = 0;
  std::vector<std::string> blockers;
};
void with_lock_retries(Worker& worker, const std::optional<RevisionId>& id, RetryTally& tally,
                       const std::function<void(bool outwait_autovacuum)>& attempt);

}  // namespace dbmigrate
