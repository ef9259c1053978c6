// Claim, SQL, final row, COMMIT.
// SPDX-License-Identifier: Apache-2.0
#include "executor/transaction.hpp"

#include <fmt/format.h>

#include "core/log.hpp"
#include "descriptor/declared_extensions.hpp"
#include "executor/data_loss.hpp"
#include "executor/messages.hpp"
#include "ledger/stored_steps.hpp"

namespace dbmigrate {
namespace {

std::string claim_sql(const Worker& worker, const PreparedRevision& revision, const AppliedRevision& row) {
  return revision.row ? worker.ledger->claim_existing_sql(*revision.row, row) : worker.ledger->claim_new_sql(row);
}

HistoryEvent event_of(const PreparedRevision& revision, const RevisionOutcome& outcome, const RetryTally& tally) {
  return {.event = std::string(name_of(revision.direction)),
          .id = revision.id,
          .direction = std::string(name_of(revision.direction)),
          .from_state = revision.row ? std::string(name_of(revision.row->state)) : "",
          .to_state = outcome.state == "reverted" ? "" : outcome.state,
          .took = outcome.took,
          .lock_waits = tally.lock_waits,
          .blockers = tally.blockers};
}

[[noreturn]] void transaction_was_ended(const RevisionId& id) {
  throw Error({.code = ErrorCode::transaction_control,
               .message = fmt::format("revision {} ended the transaction that it ran in", id.text()),
               .detail = "What it had done by then is committed; the version table keeps it as in progress.",
               .hint = "Look at the database, finish or undo the revision by hand, then settle its state with "
                       "`dbmigrate repair`."});
}

/// Runs one revision inside the open transaction; the first one brings BEGIN along.
class OneTransaction {
 public:
  OneTransaction(Worker& worker, RetryTally& tally, bool outwait)
      : worker_(&worker), tally_(&tally), outwait_(outwait), guard_(worker.guard) {}

  RevisionOutcome run(const PreparedRevision& revision, std::int64_t generation) {
    const auto start = worker_->clock.now();
    auto row = row_for(revision, worker_->options);
    std::vector<std::string> own;
    if (xid_.empty()) own = begin_statements(*worker_, &revision, outwait_);
    own.push_back(worker_->ledger->claim_generation_sql(generation));
    own.push_back(claim_sql(*worker_, revision, row));
    own.emplace_back(kXidQuestion);
    const auto question = own.size() - 1;
    std::vector<const Part*> parts;
    if (revision.adoption) {
      for (const auto& name : revision.adoption->missing_extensions)
        own.push_back(fmt::format("CREATE EXTENSION {};", name));
    } else {
      for (const auto& part : revision.units[0].parts) parts.push_back(&part);
    }
    const bool guarded = revision.direction == Direction::downgrade && !worker_->options.allow_data_loss;
    const auto results = send_located(*worker_, own, guarded ? std::vector<const Part*>{} : parts);
    xid_ = results.at(question).text(0, 0);
    if (guarded) {
      require_no_loss(*worker_->session, revision);
      send_located(*worker_, {}, parts);
    }
    require_open_transaction(*worker_, revision.id);
    guard_.require_kept(*worker_->session, revision, ContractGuard::Moment::finished);
    guard_.move_on();

    row.took = std::chrono::duration_cast<Milliseconds>(worker_->clock.now() - start);
    return finish(revision, row);
  }

  [[nodiscard]] const std::string& xid() const { return xid_; }
  /// For what comes behind it.
  [[nodiscard]] const ContractGuard& guard() const { return guard_; }

 private:
  RevisionOutcome finish(const PreparedRevision& revision, AppliedRevision& row) {
    const bool up = revision.direction == Direction::upgrade;
    row.state = revision.adoption ? RevisionState::adopted : RevisionState::applied;
    RevisionOutcome outcome{.id = revision.id,
                            .direction = revision.direction,
                            .state = up ? std::string(name_of(row.state)) : "reverted",
                            .took = row.took};
    const auto& ledger = *worker_->ledger;
    const auto results = worker_->session->run(
        restore_statements(*worker_) + (up ? "" : ledger.release_extensions_sql(row)) +
        (up ? ledger.finish_upgrade_sql(row, xid_) : ledger.finish_downgrade_sql(row.id, row.run_id, xid_)) +
        ledger.event_sql(worker_->options.identity, event_of(revision, outcome, *tally_)));
    if (results.at(results.size() - 2).affected() != 1) {
      worker_->session->run("ROLLBACK");
      transaction_was_ended(revision.id);
    }
    return outcome;
  }

  Worker* worker_;
  RetryTally* tally_;
  bool outwait_;
  ContractGuard guard_;
  std::string xid_;
};

}  // namespace

AppliedRevision row_for(const PreparedRevision& revision, const RunOptions& options) {
  AppliedRevision row;
  if (revision.row) row = *revision.row;
  row.id = revision.id;
  row.state = RevisionState::in_progress;
  row.direction = revision.direction;
  row.run_id = options.identity.run_id;
  // 0 marks a row that its own transaction was to finish: found in progress, the file ended that transaction itself.
  row.steps_total = revision.journalled() ? static_cast<int>(revision.units.size()) : 0;
  if (revision.direction == Direction::downgrade) {
    if (!revision.row || revision.row->state != RevisionState::in_progress ||
        revision.row->direction != Direction::downgrade) {
      row.steps_done = 0;
      row.step_hashes.clear();
    }
    return row;
  }
  const auto& migration = *revision.migration;
  row.parents = migration.parents;
  row.depends_on.clear();
  for (const auto& other : migration.depends_on) row.depends_on.push_back(other.text());
  row.checksum = migration.checksum;
  row.description = migration.description;
  row.down_steps = stored_down_steps(migration);
  row.extensions = declared_extensions(migration);
  return row;
}

std::vector<Result> send_located(Worker& worker, const std::vector<std::string>& own,
                                 const std::vector<const Part*>& parts) {
  std::vector<Result> own_results;
  for_each_message(own, parts, [&](const Message& message) {
    try {
      auto results = worker.session->run(message.sql, message.copy_data);
      for (int i = 0; i < message.own_statements; ++i)
        own_results.push_back(std::move(results.at(static_cast<std::size_t>(i))));
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      const bool ours = in_own_statements(error, message);
      if (ours && (error.sqlstate() == kLostClaim || error.sqlstate() == "23505")) throw LostClaim();
      // What a lock timeout in the file was about is known from its statement; the retry loop needs the SQLSTATE.
      if (ours) throw;
      const auto at = located(error, message);
      throw ServerError(at.info(), error.position(), error.results_before(), false);
    }
  });
  return own_results;
}

void require_open_transaction(const Worker& worker, const RevisionId& id) {
  if (worker.session->status() != TransactionStatus::open) transaction_was_ended(id);
}

void commit(Worker& worker, const std::string& xid, const std::vector<RevisionOutcome>& outcomes) {
  try {
    worker.session->run("COMMIT");
  } catch (const ServerError& error) {
    if (!error.connection_lost()) throw;
    throw LostCommit(xid, outcomes, error);
  }
}

std::vector<RevisionOutcome> run_in_transaction(Worker& worker, const std::vector<const PreparedRevision*>& revisions) {
  RetryTally tally;
  std::vector<RevisionOutcome> outcomes;
  const auto& first = revisions.front()->id;
  with_lock_retries(worker, first, tally, [&](bool outwait) {
    OneTransaction transaction(worker, tally, outwait);
    outcomes.clear();
    auto generation = worker.generation;
    for (const auto* revision : revisions) {
      worker.now = revision->id;
      worker.observer.on(RevisionStarted{.id = revision->id, .direction = revision->direction});
      outcomes.push_back(transaction.run(*revision, generation++));
    }
    commit(worker, transaction.xid(), outcomes);
    worker.generation = generation;
    worker.guard = transaction.guard();
  });
  for (const auto& outcome : outcomes) {
    worker.observer.on(RevisionFinished{
        .id = outcome.id, .direction = outcome.direction, .state = outcome.state, .took = outcome.took});
  }
  return outcomes;
}

}  // namespace dbmigrate
