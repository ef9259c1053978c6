// The loop around a run: connect, lock, read, plan, run; again where something came between.
// SPDX-License-Identifier: Apache-2.0
#include "executor/executor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "executor/adopting.hpp"
#include "executor/data_loss.hpp"
#include "executor/journal.hpp"
#include "executor/preflight.hpp"
#include "executor/requirements.hpp"
#include "ledger/schema.hpp"
#include "sql/literals.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr int kMaxLosses = 5;

Milliseconds deadlock_timeout_of(Session& session) {
  const auto setting = session.query("SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'");
  return setting.rows.empty() ? Milliseconds{1'000} : Milliseconds{setting.number(0, 0)};
}

/// A row that only a file ending its own transaction can leave behind.
void require_journalled(const PreparedRevision& revision) {
  if (!revision.row || revision.row->state != RevisionState::in_progress || revision.row->steps_total > 0) return;
  throw Error({.code = ErrorCode::part_way,
               .message = fmt::format("revision {} stopped part-way", revision.id.text()),
               .detail = "Its SQL ended the transaction that it ran in, so nobody but you can tell what is done.",
               .hint = "Finish or undo it by hand, then settle its state with `dbmigrate repair`."});
}

std::string event_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::interrupted:
    case ErrorCode::terminated:
      return "interruption";
    default:
      return exit_code_of(code) == ExitCode::refused ? "refused" : "failure";
  }
}

/// The server's error as one of a revision: what failed is the migration, unless the code already says more.
Error as_failed_migration(const ServerError& error) {
  ErrorInfo info = error.info();
  if (info.code == ErrorCode::server_error) info.code = ErrorCode::migration_failed;
  return Error(std::move(info));
}

/// Steps of `plan` that the version table does not show as done, with its rows as they are now.
Plan what_is_left(const Plan& plan, const LedgerState& state) {
  Plan left{.direction = plan.direction};
  for (auto step : plan.steps) {
    const auto row = std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& r) { return r.id == step.id; });
    const bool there = row != state.rows.end();
    const bool done = plan.direction == Direction::upgrade ? there && row->settled() : !there;
    if (done) continue;
    step.row = there ? std::optional(*row) : std::nullopt;
    left.steps.push_back(std::move(step));
  }
  return left;
}

/// Everything that can be refused without the server is refused here.
std::vector<PreparedRevision> prepare(const Plan& plan) {
  std::vector<PreparedRevision> prepared;
  prepared.reserve(plan.steps.size());
  for (const auto& step : plan.steps) {
    const bool finish_downgrade = plan.direction == Direction::upgrade && step.row &&
                                  step.row->state == RevisionState::in_progress &&
                                  step.row->direction == Direction::downgrade;
    prepared.push_back(plan.direction == Direction::downgrade || finish_downgrade ? prepare_downgrade(step)
                                                                                  : prepare_upgrade(step));
    require_journalled(prepared.back());
  }
  return prepared;
}

}  // namespace

Executor::Executor(RunOptions options, Clock& clock, Observer& observer, std::unique_ptr<Session> session)
    : options_(std::move(options)),
      worker_{.options = options_, .clock = clock, .observer = observer, .session = std::move(session)} {}

Executor::~Executor() = default;

void Executor::connect() {
  worker_.ledger.reset();
  worker_.lock.reset();
  if (!worker_.session) worker_.session = open_session(options_);
  adopt_session();
  MigrationLock::Options lock{
      .connection = {.conninfo = options_.conninfo, .application_name = options_.identity.application + " lock"},
      .version_schema = options_.version_schema,
      .wait = options_.wait,
      .idle_timeout = options_.idle_timeout};
  // After a loss our own earlier lock may live on until the server notices.
  if (losses_ > 0) lock.wait = std::max(lock.wait, lock.idle_timeout + Milliseconds{5'000});
  worker_.lock = std::make_unique<MigrationLock>(
      lock, worker_.clock, [this, limit = lock.wait](const std::optional<Blocker>& holder, Milliseconds waited) {
        worker_.observer.on(WaitingForRun{.holder = holder, .waited = waited, .limit = limit});
      });
  recognise_server();
}

void Executor::adopt_session() {
  worker_.session->on_notice([this](const Notice& notice) {
    // The server's own chatter about our settings is nobody's business.
    NoticeReceived event{.id = worker_.now, .notice = notice};
    worker_.observer.on(event);
    outcome_.notices.push_back(std::move(event));
  });
  worker_.session->on_silence(silence_limit(options_), [this] {
    // A server without a connection to spare is no reason to give up while the lock's connection is answered.
    const auto answer = still_at_work(options_, worker_.session->server());
    return answer.value_or(worker_.lock && worker_.lock->held());
  });
  const auto& server = worker_.session->server();
  worker_.observer.on(Connected{server});
  require_writable(server);
  worker_.deadlock_timeout = deadlock_timeout_of(*worker_.session);
  worker_.ledger =
      std::make_unique<Ledger>(*worker_.session, options_.version_schema, options_.role, options_.idle_timeout);
}

void Executor::connect_again(const Error& cause) {
  const auto deadline = worker_.clock.now() + options_.reconnect_for;
  worker_.lock.reset();
  if (options_.reconnect_for.count() == 0) throw Error(cause.info());
  for (int attempt = 1;; ++attempt) {
    worker_.observer.on(Reconnecting{.reason = cause.info().message, .attempt = attempt});
    // At once the first time: most losses are of the connection alone.
    if (attempt > 1) pause_before_connecting(worker_.clock, attempt);
    // Between attempts nothing is kept that another run may be waiting for.
    worker_.ledger.reset();
    worker_.session.reset();
    try {
      return connect();
    } catch (const Error& error) {
      // A standby that answers is about to be promoted.
      const bool passes = error.code() == ErrorCode::cannot_connect || error.code() == ErrorCode::read_only_server;
      if (!passes || worker_.clock.now() >= deadline) throw;
    }
  }
}

void Executor::recording_failures(const std::function<void()>& work) {
  try {
    work();
  } catch (const ServerError& error) {
    const auto failed = as_failed_migration(error);
    record_failure(failed);
    throw failed;
  } catch (const Error& error) {
    record_failure(error);
    throw;
  }
}

RunOutcome Executor::run(const PlanFor& plan_for) {
  recording_failures([&] {
    connect_at_first();
    run_plan(plan_for);
  });
  return std::move(outcome_);
}

std::vector<RowChange> Executor::change_rows(const RowChangesFor& changes_for) {
  std::vector<RowChange> changes;
  recording_failures([&] {
    connect_at_first();
    changes = changes_for(worker_.ledger->read());
    if (changes.empty()) return;
    worker_.ledger->create();
    worker_.ledger->require_privileges();
    RetryTally tally;
    with_lock_retries(worker_, std::nullopt, tally, [&](bool outwait) {
      auto own = begin_statements(worker_, nullptr, outwait);
      own.push_back(worker_.ledger->claim_generation_sql(worker_.ledger->read().generation));
      for (const auto& change : changes) {
        own.push_back(change.row ? worker_.ledger->delete_sql(change.id) : worker_.ledger->forget_sql(change.id));
        if (change.row) own.push_back(worker_.ledger->claim_new_sql(*change.row));
        own.push_back(worker_.ledger->event_sql(options_.identity, change.event));
      }
      send_located(worker_, own, {});
      worker_.session->run("COMMIT");
    });
  });
  return changes;
}

void Executor::run_plan(const PlanFor& plan_for) {
  std::optional<Plan> whole;
  while (true) {
    try {
      auto state = worker_.ledger->read();
      // Made once: a target such as -1 means something else after the first step.
      if (!whole) whole = plan_for(*worker_.session, state);
      require_earlier_rows(*whole, state);
      forget_lost_revisions(state);
      const auto plan = what_is_left(*whole, state);
      if (plan.empty()) return;
      auto prepared = prepare(plan);
      require_before_run(*worker_.session, prepared, options_);
      require_no_data_loss(prepared);
      if (!state.exists || state.internal_version < kLedgerVersion) {
        worker_.ledger->create();
        state = worker_.ledger->read();
      }
      worker_.ledger->require_privileges();
      worker_.generation = state.generation;
      if (options_.contracts != nullptr) worker_.guard = {*options_.contracts, *worker_.session, state};
      if (run_steps(prepared, plan.direction)) return;
    } catch (const LostClaim&) {
      if (worker_.session->status() != TransactionStatus::idle) worker_.session->run("ROLLBACK");
      if (++losses_ > kMaxLosses) {
        throw Error({.code = ErrorCode::state_conflict,
                     .message = "the version table keeps changing",
                     .detail = "Something else writes to it although this run holds the migration lock.",
                     .hint = "Find out who (`dbmigrate history --log`), then run again."});
      }
    } catch (const LostCommit& lost) {
      if (++losses_ > kMaxLosses) throw Error(lost.cause().info());
      const bool committed = resolve(lost);
      if (!committed && ran_out(lost.cause().sqlstate())) throw Error(lost.cause().info());
    } catch (const ServerError& error) {
      const bool passes = (error.connection_lost() && !ran_out(error.sqlstate())) || is_transient(error.sqlstate());
      if (!passes || ++losses_ > kMaxLosses) throw;
      connect_again(error);
    }
  }
}

/// True when the plan is done; false when it has to be made anew.
bool Executor::run_steps(std::vector<PreparedRevision>& prepared, Direction direction) {
  if (options_.single_transaction) return run_together(prepared);
  for (auto& revision : prepared) {
    throw_if_interrupted();
    worker_.lock->require_held();
    worker_.now = revision.id;
    if (skips(revision)) continue;
    look_for_adoption(revision);
    add(revision.journalled() && !revision.adoption ? std::vector{run_journalled(worker_, revision)}
                                                    : run_in_transaction(worker_, {&revision}));
    losses_ = 0;
    if (revision.direction != direction) return false;
  }
  return true;
}

bool Executor::run_together(std::vector<PreparedRevision>& prepared) {
  std::vector<const PreparedRevision*> all;
  std::string apart;
  for (const auto& revision : prepared) {
    if (revision.journalled()) apart += (apart.empty() ? "" : ", ") + revision.id.text();
    all.push_back(&revision);
  }
  if (!apart.empty()) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--single-transaction cannot hold steps that end a transaction",
                 .detail = fmt::format("These have such steps: {}.", apart),
                 .hint = "Run without --single-transaction, or to a target before them."});
  }
  for (auto& revision : prepared) {
    look_for_adoption(revision);
    if (revision.direction != Direction::upgrade) continue;
    // Nothing can be asked between revisions of one transaction, so all of it has to hold before.
    const auto unmet = unmet_requirements(*worker_.session, *revision.migration, options_);
    if (!unmet.empty()) throw_unmet(unmet);
  }
  worker_.lock->require_held();
  add(run_in_transaction(worker_, all));
  return true;
}

void Executor::look_for_adoption(PreparedRevision& revision) {
  revision.adoption = adoption_of(*worker_.session, revision, options_.version_schema);
  if (!revision.adoption) return;
  worker_.observer.on(RevisionAdopted{.id = revision.id,
                                      .extensions = revision.adoption->missing_extensions,
                                      .tolerated = revision.adoption->tolerated});
}

/// Checks the requirements as the revision starts. One that says `otherwise: skip`, or builds on a skipped one, is
/// recorded as skipped and tried again by the next run.
bool Executor::skips(const PreparedRevision& revision) {
  if (revision.direction != Direction::upgrade || revision.begun()) return false;
  const auto& migration = *revision.migration;
  bool skip = std::any_of(migration.parents.begin(), migration.parents.end(), [&](const std::string& parent) {
    return skipped_.contains({migration.id.branch, parent});
  });
  skip = skip || std::any_of(migration.depends_on.begin(), migration.depends_on.end(),
                             [&](const RevisionId& other) { return skipped_.contains(other); });
  if (!skip) {
    auto unmet = unmet_requirements(*worker_.session, migration, options_);
    if (unmet.empty()) return false;
    const auto fatal = std::find_if(unmet.begin(), unmet.end(), [](const auto& one) { return !one.requirement->skip; });
    if (fatal != unmet.end()) throw_unmet(unmet);
  }
  skipped_.insert(revision.id);
  record_skip(revision);
  return true;
}

void Executor::record_skip(const PreparedRevision& revision) {
  const RevisionOutcome outcome{.id = revision.id, .direction = Direction::upgrade, .state = "skipped"};
  auto row = row_for(revision, options_);
  row.state = RevisionState::skipped;
  const HistoryEvent event{.event = "upgrade",
                           .id = revision.id,
                           .direction = "upgrade",
                           .from_state = revision.row ? std::string(name_of(revision.row->state)) : "",
                           .to_state = "skipped"};
  RetryTally tally;
  with_lock_retries(worker_, revision.id, tally, [&](bool outwait) {
    auto own = begin_statements(worker_, nullptr, outwait);
    own.push_back(worker_.ledger->claim_generation_sql(worker_.generation));
    own.push_back(worker_.ledger->delete_sql(revision.id));
    own.push_back(worker_.ledger->claim_new_sql(row));
    own.push_back(worker_.ledger->event_sql(options_.identity, event));
    send_located(worker_, own, {});
    worker_.session->run("COMMIT");
  });
  ++worker_.generation;
  add({outcome});
  worker_.observer.on(RevisionFinished{.id = outcome.id, .direction = outcome.direction, .state = outcome.state});
}

void Executor::require_no_data_loss(const std::vector<PreparedRevision>& prepared) {
  if (options_.allow_data_loss) return;
  const auto losses = data_losses(*worker_.session, prepared);
  if (!losses.empty()) throw_data_loss(losses);
}

void Executor::add(const std::vector<RevisionOutcome>& outcomes) {
  outcome_.revisions.insert(outcome_.revisions.end(), outcomes.begin(), outcomes.end());
}

bool Executor::resolve(const LostCommit& lost) {
  const auto& last = lost.outcomes().back();
  const auto timeline = server_->timeline;
  try {
    connect_again(lost.cause());
  } catch (const Error& error) {
    ErrorInfo info = error.info();
    info.message = fmt::format("the connection was lost while {} was being committed", last.id.text());
    info.detail = fmt::format("Whether it was committed can be seen once the server answers again. {}", info.detail);
    info.hint = "Run the same command again: it looks first, and goes on from what it finds.";
    throw Error(std::move(info));
  }
  // The server process of the lost connection may still be at it; its transaction id tells. A new primary does not know
  // the id, or gives it to somebody else: there the version table alone answers.
  const auto deadline = worker_.clock.now() + options_.idle_timeout + Milliseconds{5'000};
  while (server_->timeline == timeline) {
    try {
      const auto status = worker_.session->query("SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8)", {lost.xid()});
      if (status.text(0, 0) != "in progress") break;
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      break;
    }
    if (worker_.clock.now() >= deadline) {
      throw Error({.code = ErrorCode::cannot_connect,
                   .message = fmt::format("{} is still being committed", last.id.text()),
                   .detail = "The connection was lost meanwhile, and the server goes on with it alone.",
                   .hint = "Run the same command again once it is through; it goes on from what it finds."});
    }
    if (!worker_.clock.sleep(Milliseconds{100})) throw_if_interrupted();
  }
  const auto state = worker_.ledger->read();
  const auto row = std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& r) { return r.id == last.id; });
  const bool there = row != state.rows.end() && row->run_id == options_.identity.run_id && row->settled();
  const bool committed = last.direction == Direction::upgrade ? there : row == state.rows.end();
  worker_.observer.on(CommitResolved{.id = last.id, .committed = committed});
  if (!committed) return false;
  add(lost.outcomes());
  for (const auto& outcome : lost.outcomes()) {
    worker_.observer.on(RevisionFinished{
        .id = outcome.id, .direction = outcome.direction, .state = outcome.state, .took = outcome.took});
  }
  return true;
}

void Executor::record_failure(const Error& error) noexcept {
  if (!worker_.session || !worker_.ledger) return;
  forget_interrupt();
  try {
    if (worker_.session->status() == TransactionStatus::open ||
        worker_.session->status() == TransactionStatus::failed) {
      worker_.session->run("ROLLBACK");
    }
  } catch (const std::exception& failure) {
    log::debug(fmt::format("rollback after the failure: {}", failure.what()));
    return;
  }
  const auto& info = error.info();
  worker_.ledger->record(options_.identity, {.event = event_name(info.code),
                                             .id = worker_.now,
                                             .sqlstate = info.sqlstate,
                                             .message = message_without_values(info),
                                             .statement = sql::without_literals(info.statement),
                                             .file = info.at ? info.at->file : "",
                                             .line = info.at ? info.at->line : 0});
}

}  // namespace dbmigrate
