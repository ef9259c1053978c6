// Observe, run, observe.
// SPDX-License-Identifier: Apache-2.0
#include "trace/trace_pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backfill/walk_key.hpp"
#include "trace/evidence.hpp"
#include "trace/outside_watch.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kApplication = "dbmigrate trace";

/// Those that live in one transaction with what they name, so no savepoint of ours may stand around them.
bool keeps_own_savepoints(const std::string& command) {
  return command.starts_with("SAVEPOINT") || command.starts_with("ROLLBACK") || command.starts_with("RELEASE") ||
         command.starts_with("SET TRANSACTION") || command.starts_with("SET LOCAL TRANSACTION");
}

bool is_setting(const sql::StatementFacts& facts) {
  return facts.command == "SET" || facts.command.starts_with("SET ");
}

/// Locks that `after` has and `before` had not.
std::vector<ObservedLock> newly_taken(const std::vector<ObservedLock>& before, const std::vector<ObservedLock>& after) {
  std::vector<ObservedLock> taken;
  for (const auto& lock : after) {
    const bool had = std::any_of(before.begin(), before.end(), [&](const ObservedLock& one) {
      return one.relation == lock.relation && one.mode == lock.mode;
    });
    if (!had) taken.push_back(lock);
  }
  return taken;
}

std::vector<RelationLock> blocking(std::vector<RelationLock> locks) {
  std::erase_if(locks,
                [](const RelationLock& lock) { return !blocks_work(lock.mode) || lock.kind == RelationKind::index; });
  return locks;
}

}  // namespace

StatementTrace trace_of(const Part& part, std::size_t statement) {
  StatementTrace trace;
  trace.at = location_of(part, statement);
  trace.sql = std::string(part.script.text_of(part.script.statements[statement]));
  trace.command = part.facts[statement].command;
  trace.transactional = !part.facts[statement].forbids_transaction;
  return trace;
}

StatementTrace trace_of(const Backfill& backfill) {
  StatementTrace trace;
  trace.at = {.file = backfill.sql.file, .line = backfill.sql.first_line};
  trace.sql = backfill.sql.text;
  trace.command = "backfill";
  return trace;
}

TracedError traced(const ServerError& error) {
  return {.sqlstate = error.sqlstate(),
          .message = error.info().message,
          .detail = error.info().detail,
          .hint = error.info().hint};
}

TracePass::TracePass(std::string url, Commits commits, TraceOptions options)
    : url_(std::move(url)),
      commits_(commits),
      options_(std::move(options)),
      session_(connect({.conninfo = url_, .application_name = std::string(kApplication)})) {
  session_->on_notice([this](const Notice& notice) { notices_.push_back(notice); });
  prepare_session();
  make_old();
}

void TracePass::make_old() {
  for (const auto& [oid, relation] : observe(*session_, options_.version_schema, Counters::of_transaction).relations) {
    old_.insert(oid);
  }
}

void TracePass::prepare_session() {
  session_->run("RESET ALL");
  for (const auto& [name, value] : options_.settings) {
    try {
      // Not SET, which would take a list of schemas for the name of one.
      session_->query("SELECT pg_catalog.set_config($1, $2, false)", {name, value});
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      // A setting of an extension or of another major version: nothing here depends on it.
    }
  }
  // Parallel workers would count their scans once more.
  session_->run(
      "SET client_min_messages = debug1; SET max_parallel_maintenance_workers = 0;"
      " SET max_parallel_workers_per_gather = 0; SET statement_timeout = 0; SET lock_timeout = 0");
}

std::vector<StatementTrace> TracePass::run(const PreparedRevision& revision) {
  std::vector<StatementTrace> traces;
  for (const auto& unit : revision.units) {
    switch (unit.kind) {
      case Unit::Kind::transaction:
        run_transaction(unit, traces);
        break;
      case Unit::Kind::backfill:
        try_backfill(*unit.backfill, traces);
        break;
      default:
        run_single(unit, traces);
    }
  }
  prepare_session();
  return traces;
}

void TracePass::begin(const std::vector<std::string>& settings) {
  session_->run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  for (const auto& statement : options_.agreed) session_->run(statement);
  for (const auto& statement : settings) session_->run(statement);
}

void TracePass::roll_back() {
  if (session_->status() != TransactionStatus::idle) session_->run("ROLLBACK");
}

void TracePass::commit(StatementTrace* last) {
  try {
    // What COMMIT would find out, with the statement's place still known.
    if (session_->status() == TransactionStatus::open) session_->run("SET CONSTRAINTS ALL IMMEDIATE");
    if (session_->status() != TransactionStatus::idle) session_->run("COMMIT");
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    if (last != nullptr && !last->error) last->error = traced(error);
    roll_back();
  }
}

void TracePass::run_transaction(const Unit& unit, std::vector<StatementTrace>& traces) {
  const bool each = commits_ == Commits::after_each_statement;
  std::vector<std::string> settings;
  bool open = false;
  for (const auto& part : unit.parts) {
    for (std::size_t i = 0; i < part.script.statements.size(); ++i) {
      if (!open) begin(each ? settings : std::vector<std::string>{});
      open = true;
      auto& trace = traces.emplace_back(trace_of(part, i));
      run_inside({&part, i}, trace);
      if (is_setting(part.facts[i])) settings.push_back(trace.sql);
      if (each) {
        commit(&trace);
        open = false;
      }
    }
  }
  if (open) commit(traces.empty() ? nullptr : &traces.back());
}

void TracePass::send(const Place& place, StatementTrace& trace) {
  const auto& script = place.part->script;
  const auto& statement = script.statements[place.statement];
  const auto data = statement.copy_data ? script.text.substr(statement.copy_data->begin,
                                                             statement.copy_data->end - statement.copy_data->begin)
                                        : std::string_view{};
  notices_.clear();
  session_->run(trace.sql, data);
  trace.ran = true;
}

void TracePass::run_inside(const Place& place, StatementTrace& trace) {
  Evidence evidence;
  evidence.old = old_;
  evidence.before = observe(*session_, options_.version_schema, Counters::of_transaction);
  const auto held = observe_locks(*session_);
  trace.held = blocking(locks_on(held, evidence.before, old_));
  const bool savepoint = !keeps_own_savepoints(trace.command);
  if (savepoint) session_->run("SAVEPOINT dbmigrate_trace");
  try {
    send(place, trace);
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    trace.error = traced(error);
  }
  if (session_->status() == TransactionStatus::idle) {
    // The statement ended the transaction from inside, which a run reports as an error of its own.
    return begin({});
  }
  if (trace.error) {
    if (savepoint) {
      session_->run("ROLLBACK TO SAVEPOINT dbmigrate_trace");
    } else if (session_->status() == TransactionStatus::failed) {
      roll_back();
      begin({});
    }
    return;
  }
  evidence.locks = newly_taken(held, observe_locks(*session_));
  evidence.notices = notices_;
  evidence.after = observe(*session_, options_.version_schema, Counters::of_transaction);
  if (savepoint) session_->run("RELEASE SAVEPOINT dbmigrate_trace");
  read_evidence(evidence, trace);
}

void TracePass::run_single(const Unit& unit, std::vector<StatementTrace>& traces) {
  const Place place{unit.part, unit.statement};
  auto& trace = traces.emplace_back(trace_of(*unit.part, unit.statement));
  switch (unit.kind) {
    case Unit::Kind::in_transaction:
      begin({});
      run_inside(place, trace);
      return commit(&trace);
    case Unit::Kind::session_setting:
      return run_setting(place, trace);
    default:
      return run_outside(place, trace);
  }
}

void TracePass::run_setting(const Place& place, StatementTrace& trace) {
  try {
    send(place, trace);
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    trace.error = traced(error);
  }
}

void TracePass::run_outside(const Place& place, StatementTrace& trace) {
  trace.transactional = false;
  Evidence evidence;
  evidence.old = old_;
  try {
    if (commits_ == Commits::as_written) return send(place, trace);
    const bool counted = session_->server().major() >= 15;
    const auto look = [&] {
      // Counters reach the others when a session has been idle for a while, or when told to.
      if (counted) session_->run("SELECT pg_catalog.pg_stat_force_next_flush()");
      return observe(*session_, options_.version_schema, Counters::of_database);
    };
    evidence.before = look();
    OutsideWatch watch(url_, session_->server().backend_pid, evidence.before);
    evidence.locks = watch.while_running([&] { send(place, trace); });
    evidence.notices = notices_;
    evidence.after = look();
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    trace.error = traced(error);
    return;
  }
  for (const auto& lock : locks_of_last_phases(trace.command, evidence.before, evidence.after)) {
    evidence.locks.push_back(lock);
  }
  read_evidence(evidence, trace);
}

/// Its SQL on a batch of no rows, rolled back: whether it is right, and what it locks.
void TracePass::try_backfill(const Backfill& backfill, std::vector<StatementTrace>& traces) {
  auto& trace = traces.emplace_back(trace_of(backfill));
  begin({});
  Evidence evidence;
  evidence.old = old_;
  try {
    const auto key = walk_key(*session_, backfill);
    session_->run(
        fmt::format("CREATE TEMPORARY TABLE batch ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0", key.list(), key.table));
    evidence.before = observe(*session_, options_.version_schema, Counters::of_transaction);
    notices_.clear();
    session_->run(backfill.sql.text);
    evidence.locks = observe_locks(*session_);
    evidence.notices = notices_;
    evidence.after = observe(*session_, options_.version_schema, Counters::of_transaction);
    trace.ran = true;
    read_evidence(evidence, trace);
    // On no rows every plan scans; a real batch goes by the key.
    trace.scanned.clear();
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    trace.error = traced(error);
  } catch (const Error& error) {
    trace.error = TracedError{
        .sqlstate = "", .message = error.info().message, .detail = error.info().detail, .hint = error.info().hint};
  }
  roll_back();
}

}  // namespace dbmigrate
