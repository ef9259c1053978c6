// Runs a plan on a database, from the first connection to the last COMMIT.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "backfill/backfill_run.hpp"
#include "executor/open_session.hpp"
#include "executor/transaction.hpp"

namespace dbmigrate {

struct RunOutcome {
  std::vector<RevisionOutcome> revisions;
  std::vector<NoticeReceived> notices;
};

/// Called once, under the migration lock, with the version table as it is then; throws what stands against the run.
using PlanFor = std::function<Plan(Session& session, const LedgerState& state)>;

/// A row to write, or to take away where `row` is empty, and what the history says of it.
struct RowChange {
  RevisionId id;
  std::optional<AppliedRevision> row;
  HistoryEvent event;
};
using RowChangesFor = std::function<std::vector<RowChange>(const LedgerState& state)>;

/// One run. Waits for the lock, makes the version table where it is missing, plans, and repeats reading and running
/// until nothing of the plan is left: so a lost claim, a lost connection or a finished leftover converge by themselves.
/// Failures are recorded in the history. Throws Error with the codes of SPEC §5.
class Executor {
 public:
  /// `clock` and `observer` outlive the executor.
  /// `session`, where given, is the worker's connection already, open and announced.
  Executor(RunOptions options, Clock& clock, Observer& observer, std::unique_ptr<Session> session = nullptr);
  ~Executor();

  RunOutcome run(const PlanFor& plan_for);

  /// Changes rows of the version table without running anything, in one transaction under the migration lock.
  std::vector<RowChange> change_rows(const RowChangesFor& changes_for);

  /// Takes a backfill up whose revision is in effect. Throws what backfill/backfill_run.hpp says; Error{state_conflict}
  /// when the revision is not in effect.
  void run_backfill(const Backfill& backfill, const BackfillId& id, BackfillMode mode);

 private:
  void connect();
  void connect_at_first();
  void adopt_session();
  void recognise_server();
  void require_earlier_rows(const Plan& whole, const LedgerState& state);
  void forget_lost_revisions(const LedgerState& state);
  void recording_failures(const std::function<void()>& work);
  void connect_again(const Error& cause);
  void run_plan(const PlanFor& plan_for);
  bool run_steps(std::vector<PreparedRevision>& prepared, Direction direction);
  void require_no_data_loss(const std::vector<PreparedRevision>& prepared);
  bool run_together(std::vector<PreparedRevision>& prepared);
  void look_for_adoption(PreparedRevision& revision);
  bool skips(const PreparedRevision& revision);
  void record_skip(const PreparedRevision& revision);
  bool resolve(const LostCommit& lost);
  void record_failure(const Error& error) noexcept;
  void add(const std::vector<RevisionOutcome>& outcomes);

  RunOptions options_;
  Worker worker_;
  RunOutcome outcome_;
  std::set<RevisionId> skipped_;       ///< by this run
  std::optional<ServerFacts> server_;  ///< where the run is; empty before the first connection
  std::set<RevisionId> in_effect_;     ///< when the plan was made, and not part of it
  bool failed_over_ = false;           ///< since the version table was read
  int losses_ = 0;                     ///< of the connection or of claims since the last revision that finished
};

}  // namespace dbmigrate
