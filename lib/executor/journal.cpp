// The step journal: probe, act, verify, record.
// SPDX-License-Identifier: Apache-2.0
#include "executor/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "backfill/walk_key.hpp"
#include "executor/backfill_unit.hpp"
#include "executor/concurrent_index.hpp"
#include "executor/data_loss.hpp"
#include "executor/messages.hpp"

namespace dbmigrate {
namespace {

/// A statement whose earlier, unrecorded attempt had gone through says so by these.
bool done_already(const sql::StatementFacts& facts, std::string_view sqlstate) {
  const auto& command = facts.command;
  if (command == "CREATE DATABASE") return sqlstate == "42P04";
  if (command == "DROP DATABASE") return sqlstate == "3D000";
  if (command == "CREATE TABLESPACE" || command == "CREATE SUBSCRIPTION") return sqlstate == "42710";
  if (command == "DROP TABLESPACE" || command == "DROP SUBSCRIPTION") return sqlstate == "42704";
  return false;
}

/// A step of an upgrade has found that the revision cannot be finished.
struct UndoRequested {
  ErrorInfo why;
};

class Journal {
 public:
  Journal(Worker& worker, const PreparedRevision& revision)
      : worker_(&worker), revision_(&revision), row_(row_for(revision, worker.options)), start_(worker.clock.now()) {}

  RevisionOutcome run() {
    require_same_prefix();
    require_outside_possible();
    require_key_at_once();
    const int first = row_.steps_done;
    worker_->now = revision_->id;
    worker_->observer.on(RevisionStarted{
        .id = revision_->id, .direction = revision_->direction, .steps_done = first, .steps_total = row_.steps_total});
    claim();
    bool settings_stand = false;
    for (int done = 0; done < row_.steps_total; ++done) {
      const auto& unit = revision_->units[static_cast<std::size_t>(done)];
      if (done < first) {
        if (unit.kind == Unit::Kind::session_setting) repeat_setting(unit, settings_stand);
        continue;
      }
      worker_->lock->require_held();
      if (unit.kind == Unit::Kind::transaction || unit.kind == Unit::Kind::backfill) {
        settings_stand = false;  // putting a file's settings back takes ours along
      } else if (!std::exchange(settings_stand, true)) {
        prepare_session_for_outside(*worker_);
      }
      do_unit(unit, done, done == first && resumed_);
      row_.steps_done = done + 1;
      worker_->observer.on(StepRecorded{.id = revision_->id, .done = done + 1, .total = row_.steps_total});
    }
    return finish();
  }

 private:
  void repeat_setting(const Unit& unit, bool& settings_stand) {
    if (!std::exchange(settings_stand, true)) prepare_session_for_outside(*worker_);
    worker_->session->run(text_of(unit));
  }

  [[nodiscard]] std::string_view text_of(const Unit& unit) const {
    return unit.part->script.text_of(unit.part->script.statements[unit.statement]);
  }

  /// Units that an earlier run recorded must be the ones that stand in the file now.
  void require_same_prefix() const {
    std::istringstream hashes(row_.step_hashes);
    std::string hash;
    for (std::size_t i = 0; i < static_cast<std::size_t>(row_.steps_done); ++i) {
      if (std::getline(hashes, hash) && i < revision_->units.size() && revision_->units[i].hash == hash) continue;
      throw Error({.code = ErrorCode::checksum_mismatch,
                   .message = fmt::format("step {} of {} changed after it was done", i + 1, revision_->id.text()),
                   .detail = fmt::format("{} of its steps are recorded as done; only those behind them may be changed.",
                                         row_.steps_done),
                   .hint = "Restore the steps that are done, or undo them by hand and settle the state with "
                           "`dbmigrate repair`."});
    }
  }

  /// Behind a pooler our settings end with each transaction, so the role's own would apply outside of one.
  void require_outside_possible() const {
    if (!worker_->pooled()) return;
    for (const auto& unit : revision_->units) {
      if (unit.kind != Unit::Kind::outside && unit.kind != Unit::Kind::session_setting) continue;
      const auto timeouts = worker_->session->query(
          "SELECT pg_catalog.current_setting('lock_timeout'), pg_catalog.current_setting('statement_timeout')");
      const bool limited = timeouts.text(0, 0) != "0" || timeouts.text(0, 1) != "0";
      if (!limited && worker_->options.role.empty() && unit.kind == Unit::Kind::outside) continue;
      throw Error({.code = ErrorCode::refused,
                   .message = fmt::format("revision {} cannot run behind a transaction pooler", revision_->id.text()),
                   .detail = fmt::format("It has a statement outside any transaction, where our settings do not hold; "
                                         "the role's lock_timeout is {} and its statement_timeout {}.",
                                         timeouts.text(0, 0), timeouts.text(0, 1)),
                   .hint = "Give this run a URL that goes straight to the server.",
                   .at = location_of(*unit.part, unit.statement)});
    }
  }

  /// A backfill that comes first is refused before anything is written. One behind other steps may walk a table or an
  /// index that they make.
  void require_key_at_once() const {
    const auto next = static_cast<std::size_t>(row_.steps_done);
    if (next >= revision_->units.size()) return;
    const auto& unit = revision_->units[next];
    if (unit.kind == Unit::Kind::backfill) walk_key(*worker_->session, *unit.backfill);
  }

  /// The row says in_progress, committed, before the first unit: what a re-run then finds may be ours.
  void claim() {
    RetryTally tally;
    const bool going_on = revision_->row && revision_->row->state == RevisionState::in_progress &&
                          revision_->row->direction == revision_->direction;
    resumed_ = going_on;
    with_lock_retries(*worker_, revision_->id, tally, [&](bool outwait) {
      auto own = begin_statements(*worker_, nullptr, outwait);
      own.push_back(worker_->ledger->claim_generation_sql(worker_->generation));
      own.push_back(revision_->row ? worker_->ledger->claim_existing_sql(*revision_->row, row_)
                                   : worker_->ledger->claim_new_sql(row_));
      send_located(*worker_, own, {});
      if (!worker_->options.allow_data_loss) require_no_loss(*worker_->session, *revision_);
      worker_->session->run("COMMIT");
    });
    ++worker_->generation;
    tally_ = std::move(tally);
  }

  void do_unit(const Unit& unit, int done, bool resumed) {
    try {
      switch (unit.kind) {
        case Unit::Kind::transaction:
        case Unit::Kind::in_transaction:
          run_recorded_together(unit, done);
          break;
        case Unit::Kind::session_setting:
        case Unit::Kind::outside:
          run_outside(unit, resumed ? Resumed::yes : Resumed::no);
          record(unit, done);
          break;
        case Unit::Kind::backfill:
          migrate_rows(unit);
          record(unit, done);
          break;
      }
    } catch (const ServerError& error) {
      if (!ran_out(error.sqlstate()) && (error.connection_lost() || is_transient(error.sqlstate()))) throw;
      if (asks_for_undo(error)) throw UndoRequested{error.info()};
      throw part_way(error.info(), done);
    } catch (const Error& error) {
      const bool stays = done > 0 && error.code() == ErrorCode::contract_broken;
      if (stays || error.code() == ErrorCode::lock_timeout || error.code() == ErrorCode::part_way)
        throw part_way(error.info(), done);
      throw;
    }
  }

  [[nodiscard]] bool asks_for_undo(const ServerError& error) const {
    return revision_->direction == Direction::upgrade && error.sqlstate() == kUndoRequested && !row_.down_steps.empty();
  }

  /// The effect and its journal row commit together.
  void run_recorded_together(const Unit& unit, int done) {
    const Part single = unit.part != nullptr ? one_statement(unit) : Part{};
    std::vector<const Part*> parts;
    for (const auto& part : unit.parts) parts.push_back(&part);
    if (unit.part != nullptr) parts.push_back(&single);
    with_lock_retries(*worker_, revision_->id, tally_, [&](bool outwait) {
      auto own = begin_statements(*worker_, revision_, outwait);
      own.push_back(worker_->ledger->claim_step_sql(revision_->id, row_.run_id, done, unit.hash));
      send_located(*worker_, own, parts);
      require_open_transaction(*worker_, revision_->id);
      worker_->guard.require_kept(
          *worker_->session, *revision_,
          done + 1 == row_.steps_total ? ContractGuard::Moment::finished : ContractGuard::Moment::between);
      if (unit.kind == Unit::Kind::transaction) worker_->session->run(restore_statements(*worker_));
      worker_->session->run("COMMIT");
    });
  }

  static Part one_statement(const Unit& unit) {
    Part single{.source = unit.part->source, .script = {}, .facts = {}};
    single.script.text = unit.part->script.text;
    single.script.statements.push_back(unit.part->script.statements[unit.statement]);
    single.facts.push_back(unit.part->facts[unit.statement]);
    return single;
  }

  void run_outside(const Unit& unit, Resumed resumed) {
    const auto& facts = unit.part->facts[unit.statement];
    const auto text = text_of(unit);
    try {
      if (facts.builds_index) return build_index(*worker_, revision_->id, *facts.builds_index, text, resumed);
      if (!facts.drops_indexes.empty()) return drop_indexes(*worker_, facts.drops_indexes, text, resumed);
      worker_->session->run(text);
    } catch (const ServerError& error) {
      if (resumed == Resumed::yes && done_already(facts, error.sqlstate())) return;
      if (error.connection_lost()) throw;
      Message message{.sql = std::string(text), .copy_data = {}};
      message.pieces.push_back({0, text.size(), unit.part, unit.part->script.statements[unit.statement].range.begin});
      message.statements.push_back({unit.part, unit.statement});
      throw ServerError(located(error, message).info(), error.position(), error.results_before(), false);
    }
  }

  void migrate_rows(const Unit& unit) {
    const BackfillId id{.revision = revision_->id, .direction = revision_->direction, .name = unit.backfill->name};
    run_backfill_here(*worker_, revision_, *unit.backfill, id, BackfillMode::go_on, tally_);
  }

  void record(const Unit& unit, int done) {
    with_lock_retries(*worker_, revision_->id, tally_, [&](bool outwait) {
      auto own = begin_statements(*worker_, nullptr, outwait);
      own.push_back(worker_->ledger->claim_step_sql(revision_->id, row_.run_id, done, unit.hash));
      send_located(*worker_, own, {});
      worker_->session->run("COMMIT");
    });
  }

  RevisionOutcome finish() {
    restore_session(*worker_);
    row_.took += std::chrono::duration_cast<Milliseconds>(worker_->clock.now() - start_);
    row_.state = RevisionState::applied;
    const bool up = revision_->direction == Direction::upgrade;
    RevisionOutcome outcome{.id = revision_->id,
                            .direction = revision_->direction,
                            .state = up ? "applied" : "reverted",
                            .took = row_.took};
    const HistoryEvent event{.event = std::string(name_of(revision_->direction)),
                             .id = revision_->id,
                             .direction = std::string(name_of(revision_->direction)),
                             .from_state = "in_progress",
                             .to_state = up ? "applied" : "",
                             .took = row_.took,
                             .lock_waits = tally_.lock_waits,
                             .blockers = tally_.blockers};
    const auto& ledger = *worker_->ledger;
    with_lock_retries(*worker_, revision_->id, tally_, [&](bool outwait) {
      auto own = begin_statements(*worker_, nullptr, outwait);
      own.emplace_back(kXidQuestion);
      const auto xid_at = own.size() - 1;
      own.push_back(ledger.claim_generation_sql(worker_->generation));
      if (auto release = up ? std::string{} : ledger.release_extensions_sql(row_); !release.empty()) {
        own.push_back(std::move(release));
      }
      own.push_back(up ? ledger.finish_upgrade_sql(row_, "") : ledger.finish_downgrade_sql(row_.id, row_.run_id, ""));
      own.push_back(ledger.event_sql(worker_->options.identity, event));
      const auto results = send_located(*worker_, own, {});
      if (results.at(results.size() - 2).affected() != 1) throw LostClaim();
      require_contracts();
      commit(*worker_, results.at(xid_at).text(0, 0), {outcome});
    });
    ++worker_->generation;
    worker_->guard.move_on();
    worker_->observer.on(RevisionFinished{
        .id = outcome.id, .direction = outcome.direction, .state = outcome.state, .took = outcome.took});
    return outcome;
  }

  /// What ran outside transactions is seen here for the first time.
  void require_contracts() {
    try {
      worker_->guard.require_kept(*worker_->session, *revision_, ContractGuard::Moment::finished);
    } catch (const ServerError&) {
      throw;
    } catch (const Error& error) {
      throw part_way(error.info(), row_.steps_done);
    }
  }

  [[nodiscard]] Error part_way(ErrorInfo info, int done) const {
    info.code = ErrorCode::part_way;
    const bool is_list = info.detail.find('\n') != std::string::npos;
    if (!info.detail.empty()) info.detail += is_list ? "\n" : " ";
    info.detail +=
        fmt::format("{} of {} steps of {} are done and recorded.", done, row_.steps_total, revision_->id.text());
    if (info.hint.empty())
      info.hint = fmt::format("Mend the cause and run the same command again: it goes on at step {}.", done + 1);
    return Error(std::move(info));
  }

  Worker* worker_;
  const PreparedRevision* revision_;
  AppliedRevision row_;
  std::chrono::steady_clock::time_point start_;
  bool resumed_ = false;
  RetryTally tally_;
};

/// Takes `revision` back by its own downgrade, from wherever it stands, and throws why.
[[noreturn]] void undo(Worker& worker, const PreparedRevision& revision, const UndoRequested& request) {
  if (worker.session->status() != TransactionStatus::idle) worker.session->run("ROLLBACK");
  worker.observer.on(UndoStarted{.id = revision.id, .reason = request.why.message});
  const auto state = worker.ledger->read();
  const auto row =
      std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& r) { return r.id == revision.id; });
  if (row == state.rows.end()) throw LostClaim();
  worker.generation = state.generation;
  const auto back = prepare_undo({.id = revision.id, .migration = revision.migration, .row = *row});
  if (back.journalled()) {
    Journal(worker, back).run();
  } else {
    run_in_transaction(worker, {&back});
  }
  ErrorInfo why = request.why;
  why.code = ErrorCode::migration_failed;
  throw Error(std::move(why));
}

}  // namespace

RevisionOutcome run_journalled(Worker& worker, const PreparedRevision& revision) {
  try {
    return Journal(worker, revision).run();
  } catch (const UndoRequested& request) {
    undo(worker, revision, request);
  }
}

}  // namespace dbmigrate
