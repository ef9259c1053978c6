// Runs a plan on a database, from the first connection to the last COMMIT.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "executor/transaction.hpp"

namespace dbmigrate {

struct RunOutcome {
  std::vector<RevisionOutcome> revisions;
  std::vector<NoticeReceived> notices;
};

/// Called under the migration lock, each time the version table was read anew; throws what stands against the run.
using PlanFor = std::function<Plan(Session& session, const LedgerState& state)>;

/// Opens the worker's connection with the role set. Also for commands that only read.
std::unique_ptr<Session> open_session(const RunOptions& options);

/// Throws Error{read_only_server} on a standby or a read-only database.
void require_writable(const ServerFacts& server);

/// One run. Waits for the lock, makes the version table where it is missing, and repeats read, plan, run until the
/// plan is empty: so a lost claim, a lost connection or a finished leftover converge by themselves. Failures are
/// recorded in the history. Throws Error with the codes of SPEC §5.
class Executor {
 public:
  /// `clock` and `observer` outlive the executor.
  Executor(RunOptions options, Clock& clock, Observer& observer);
  ~Executor();

  RunOutcome run(const PlanFor& plan_for);

 private:
  void connect();
  void connect_again(const Error& cause);
  void run_plan(const PlanFor& plan_for);
  bool run_steps(const Plan& plan);
  bool run_together(const std::vector<PreparedRevision>& prepared);
  bool skips(const PreparedRevision& revision);
  void record_skip(const PreparedRevision& revision);
  void resolve(const LostCommit& lost);
  void record_failure(const Error& error) noexcept;
  void add(const std::vector<RevisionOutcome>& outcomes);

  RunOptions options_;
  Worker worker_;
  RunOutcome outcome_;
  std::set<RevisionId> skipped_;  ///< by this run
  int losses_ = 0;  ///< of the connection or of claims since the last revision that finished
};

}  // namespace dbmigrate
