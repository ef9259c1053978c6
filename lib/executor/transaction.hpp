// Revisions that are one transaction each, or together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/worker.hpp"

namespace dbmigrate {

/// How a revision ended.
struct RevisionOutcome {
  RevisionId id;
  Direction direction = Direction::upgrade;
  std::string state;  ///< `applied`, `adopted`, `skipped` or `reverted`
  Milliseconds took{0};
};

/// The row of a revision that is about to run.
AppliedRevision row_for(const PreparedRevision& revision, const RunOptions& options);

/// Runs `revisions` in one transaction: claim, SQL and final row for each, then COMMIT as a message of its own. Tries
/// again while locks are not to be had. Throws Error{migration_failed} and leaves nothing; ServerError with SQLSTATE
/// DBM01 or 23505 in the claim when somebody else was first (LostClaim); connection loss as ServerError.
std::vector<RevisionOutcome> run_in_transaction(Worker& worker, const std::vector<const PreparedRevision*>& revisions);

/// Somebody else changed the version table since it was read; read it again.
class LostClaim : public std::exception {};

/// The answer to COMMIT did not arrive.
class LostCommit : public std::exception {
 public:
  LostCommit(std::string xid, std::vector<RevisionOutcome> outcomes, ServerError cause)
      : xid_(std::move(xid)), outcomes_(std::move(outcomes)), cause_(std::move(cause)) {}
  [[nodiscard]] const std::string& xid() const { return xid_; }
  /// What is true if it was committed.
  [[nodiscard]] const std::vector<RevisionOutcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] const ServerError& cause() const { return cause_; }

 private:
  std::string xid_;
  std::vector<RevisionOutcome> outcomes_;
  ServerError cause_;
};

/// Asks for the id of the open transaction, which commit() needs.
inline constexpr std::string_view kXidQuestion = "SELECT pg_catalog.pg_current_xact_id();";

/// COMMIT as a message of its own. Throws LostCommit with what is true if it went through.
void commit(Worker& worker, const std::string& xid, const std::vector<RevisionOutcome>& outcomes);

/// Sends `own` and the parts in one open transaction, with errors located in their files. Throws LostClaim when a
/// statement of `own` says so. Returns the results of `own`.
std::vector<Result> send_located(Worker& worker, const std::vector<std::string>& own,
                                 const std::vector<const Part*>& parts);

/// Throws Error{transaction_control} unless the transaction is still open.
void require_open_transaction(const Worker& worker, const RevisionId& id);

}  // namespace dbmigrate
