// Three messages a batch: claim and selection; the author's SQL and the checkpoint; COMMIT.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "backfill/batch_sql.hpp"
#include "backfill/pause.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kCountTimeout = "SET LOCAL statement_timeout = '10s';";

std::string joined(const std::vector<std::string>& statements) {
  std::string text;
  for (const auto& statement : statements) text += statement + "\n";
  return text;
}

bool tried_again(std::string_view sqlstate) {
  return sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001" || is_transient(sqlstate);
}

void add(SkipCounts& counts, const std::string& reason, std::int64_t rows) {
  for (auto& [known, count] : counts) {
    if (known != reason) continue;
    count += rows;
    return;
  }
  counts.emplace_back(reason, rows);
}

/// Tables that this transaction wrote to, with the statistics off none.
constexpr std::string_view kTouchedSql =
    "SELECT pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(relname)"
    " FROM pg_catalog.pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
    " AND schemaname !~ '^pg_' AND schemaname <> {};";

}  // namespace

BackfillState::BackfillState(const BackfillHost& host, const Backfill& backfill, BackfillId id, bool settled)
    : host_(&host), backfill_(&backfill), settled_(settled), rows_(host.session, host.version_schema) {
  row_.id = std::move(id);
  row_.run_id = host.run_id;
}

void BackfillState::take_over() {
  key_ = walk_key(host_->session, *backfill_);
  const auto before = rows_.find(row_.id);
  BackfillRow first = row_;
  first.table = key_.table;
  first.key = key_.columns;
  for (const auto& skip : backfill_->skip) add(first.skipped, skip.because, 0);
  if (!before) count_rows(first);
  host_->with_retries([&](bool outwait) {
    host_->session.run(joined(host_->begin(outwait)) +
                       "SET LOCAL client_min_messages = warning; DROP TABLE IF EXISTS pg_temp.batch;" +
                       rows_.take_over_sql(first));
    host_->session.run("COMMIT");
  });
  row_ = *rows_.find(row_.id);
  for (const auto& skip : backfill_->skip) add(row_.skipped, skip.because, 0);
  touched_.insert(key_.table);
  if (before) require_same_key(*before);
}

void BackfillState::require_same_key(const BackfillRow& before) {
  if (before.key == key_.columns || !before.last_key) return;
  if (backfill_->where.empty()) {
    throw Error({.code = ErrorCode::checksum_mismatch,
                 .message = fmt::format("the key of backfill {} changed after it began", row_.id.text()),
                 .detail = fmt::format("It walked along ({}); without a `where` nothing else tells how far it came.",
                                       fmt::join(before.key, ", ")),
                 .hint = "Put the old key back."});
  }
  begin_pass();
}

void BackfillState::count_rows(BackfillRow& row) const {
  const std::string condition = backfill_->where.empty() ? "true" : fmt::format("({}\n)", backfill_->where);
  const auto from = fmt::format(" FROM {} WHERE {}", key_.table, condition);
  try {
    const auto results =
        host_->session.run(joined(host_->begin(false)) + std::string(kCountTimeout) + "SELECT count(*)" + from);
    row.total = results.back().number(0, 0);
    roll_back();
    return;
  } catch (const ServerError& error) {
    if (error.connection_lost() || !is_row_error(error.sqlstate())) throw;
    roll_back();
  }
  // Counting takes too long, or `where` fails on some row: the planner's guess will do for the progress line.
  const auto plan = host_->session.query("EXPLAIN (FORMAT JSON) SELECT 1" + from);
  const Json json = Json::parse(plan.text(0, 0));
  row.total = json.at(0).at("Plan").at("Plan Rows").get<std::int64_t>();
  row.total_is_exact = false;
}

std::string BackfillState::quarantine_table() const {
  return fmt::format("{} f WHERE f.branch = {} AND f.revision = {} AND f.direction = {} AND f.name = {}",
                     rows_.table("backfill_failure"), sql::quote_literal(row_.id.revision.branch),
                     sql::quote_literal(row_.id.revision.name), sql::quote_literal(name_of(row_.id.direction)),
                     sql::quote_literal(row_.id.name));
}

BatchReport BackfillState::run_batch(const BatchRequest& request, bool outwait_autovacuum) {
  const auto began = host_->clock.now();
  BatchReport report;
  report.window = request.window;
  const auto selected = select(request, outwait_autovacuum, report);
  if (report.outcome != BatchOutcome::done) {
    roll_back();
    return report;
  }
  BackfillRow next = row_;
  apply(request, selected, report, next);
  host_->session.run("COMMIT");
  next.batches = row_.batches + 1;
  changed_in_pass_ += next.migrated - row_.migrated;
  row_ = std::move(next);
  report.took = std::chrono::duration_cast<Milliseconds>(host_->clock.now() - began);
  return report;
}

Selected BackfillState::select(const BatchRequest& request, bool outwait, BatchReport& report) {
  auto statements = host_->begin(outwait);
  const auto claim_at = statements.size();
  statements.push_back(rows_.claim_sql(row_, settled_));
  const Wanted wanted{.after = row_.last_key,
                      .rows = request.rows,
                      .window = request.window,
                      .keys_told = request.keys_told,
                      .spare_quarantined = row_.failed > 0 && !request.only,
                      .only = request.only};
  const auto kind = host_->session.server().pooled ? BatchTable::dropped_at_commit : BatchTable::kept_for_session;
  for (auto& statement : selection_sql(key_, *backfill_, wanted, kind, quarantine_table())) {
    statements.push_back(std::move(statement));
  }
  std::vector<Result> results;
  try {
    results = host_->session.run(joined(statements));
  } catch (const ServerError& error) {
    fail(error, true, {});
  }
  const auto& claim = results.at(claim_at);
  if (claim.rows.empty()) {
    roll_back();
    throw LostBackfill();
  }
  const auto selected = selected_of(results.at(results.size() - 1 - kSettingsBehind), backfill_->skip.size());
  if (!claim.text(0, 0).empty()) {
    report.outcome = BatchOutcome::paused;
  } else if (!selected.edge && !request.only) {
    report.outcome = BatchOutcome::at_end;
  }
  return selected;
}

void BackfillState::apply(const BatchRequest& request, const Selected& selected, BatchReport& report,
                          BackfillRow& next) {
  report.due = selected.due;
  report.rows = selected.ready();
  report.keys = selected.keys;
  for (std::size_t i = 0; i < selected.skipped.size(); ++i) {
    add(next.skipped, backfill_->skip[i].because, selected.skipped[i]);
  }
  next.migrated += report.rows;
  std::string behind;
  if (request.only) {
    behind = rows_.release_sql(row_.id, *request.only);
    --next.failed;
  } else {
    report.walked_to_end_of_window = selected.due < request.rows;
    next.last_key = report.walked_to_end_of_window ? selected.edge : selected.last_due;
    next.found += selected.due;
  }
  const bool learns_tables = report.rows > 0 && touched_.size() <= 1;
  if (learns_tables) behind += fmt::format(kTouchedSql, sql::quote_literal(host_->version_schema));
  if (backfill_->pause_lock_waiters) behind += kLockWaitersSql;
  behind += rows_.checkpoint_sql(next);

  const auto results = run_effect(selected, behind);
  if (results.back().affected() != 1) {
    roll_back();
    throw LostBackfill();
  }
  auto asked = results.size() - 1;
  if (backfill_->pause_lock_waiters) report.lock_waiters = results.at(--asked).number(0, 0);
  if (learns_tables) {
    const auto& tables = results.at(--asked);
    for (std::size_t i = 0; i < tables.rows.size(); ++i) touched_.insert(tables.text(i, 0));
  }
  const bool all_changed = std::any_of(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(asked),
                                       [&](const Result& one) { return one.affected() == report.rows; });
  if (report.rows > 0 && !backfill_->where.empty() && (next.pass > 1 || request.only || !all_changed)) {
    recheck(selected, next);
  }
}

std::vector<Result> BackfillState::run_effect(const Selected& selected, const std::string& behind) {
  if (selected.ready() == 0) return host_->session.run(behind);
  try {
    // The author's text stands first, so that the server's positions are positions in it.
    return host_->session.run(backfill_->sql.text + "\n;\n" + host_->restore() + behind);
  } catch (const ServerError& error) {
    fail(error, false, selected);
  }
}

/// Rows that the SQL left as they were are no migrated ones.
void BackfillState::recheck(const Selected& selected, BackfillRow& next) {
  try {
    const auto left = host_->session.run(still_due_sql(key_, *backfill_));
    const auto count = std::int64_t{left.back().number(0, 0)};
    if (count == 0) return;
    next.unchanged += count;
    next.migrated -= count;
    auto counted = next;
    counted.batches = row_.batches + 1;
    host_->session.run(rows_.finish_sql(counted));
  } catch (const ServerError& error) {
    fail(error, false, selected);
  }
}

void BackfillState::fail(const ServerError& error, bool in_selection, const Selected& selected) {
  if (error.connection_lost() || tried_again(error.sqlstate())) throw error;
  auto located = in_selection ? Error(error.info()) : located_in(backfill_->sql, error);
  if (in_selection) {
    ErrorInfo info = error.info();
    info.statement.clear();
    info.at = Location{.file = backfill_->sql.file, .line = backfill_->sql.first_line};
    info.context = "where, skip or key of the backfill";
    located = Error(std::move(info));
  }
  if (!is_row_error(error.sqlstate())) {
    throw ServerError(located.info(), error.position(), error.results_before(), false);
  }
  roll_back();
  std::optional<RowKey> key;
  if (selected.ready() == 1 && selected.last_due) key = selected.last_due;
  throw BatchFailure(std::move(located), in_selection, selected.ready(), std::move(key));
}

BackfillFailure BackfillState::failure_of(const RowKey& key, const Error& error) const {
  return {
      .key = key, .sqlstate = error.info().sqlstate, .message = message_without_values(error.info()), .attempts = 1};
}

BackfillFailure BackfillState::quarantine(const RowKey& key, const Error& error) {
  const auto failure = failure_of(key, error);
  BackfillRow next = row_;
  next.last_key = key;
  ++next.found;
  ++next.failed;
  write(std::move(next), rows_.quarantine_sql(row_.id, failure));
  return failure;
}

BackfillFailure BackfillState::quarantine_again(const RowKey& key, const Error& error) {
  const auto failure = failure_of(key, error);
  write(row_, rows_.quarantine_sql(row_.id, failure));
  return failure;
}

std::vector<BackfillFailure> BackfillState::failures(int limit) const { return rows_.failures(row_.id, limit); }

std::optional<std::string> BackfillState::paused() const {
  const auto now = rows_.find(row_.id);
  if (!now || now->paused_by.empty()) return std::nullopt;
  return fmt::format("paused by {} since {}", now->paused_by, now->paused_at);
}

std::optional<RowKey> BackfillState::next_key() const {
  const auto result = host_->session.query(next_key_sql(key_, row_.last_key));
  if (result.rows.empty()) return std::nullopt;
  return key_of_json(result.text(0, 0));
}

bool BackfillState::any_due() const {
  try {
    const auto results = host_->session.run(joined(host_->begin(false)) +
                                            any_due_sql(key_, *backfill_, row_.failed > 0 ? quarantine_table() : ""));
    roll_back();
    return results.back().text(0, 0) == "t";
  } catch (const ServerError& error) {
    // A pass finds the row that `where` fails on, or takes its time in small steps.
    if (error.connection_lost() || !is_row_error(error.sqlstate())) throw;
    roll_back();
    return true;
  }
}

void BackfillState::begin_pass() {
  BackfillRow next = row_;
  ++next.pass;
  next.last_key.reset();
  next.found = 0;
  next.unchanged = 0;
  for (auto& [reason, count] : next.skipped) count = 0;
  write(std::move(next));
  changed_in_pass_ = 0;
}

void BackfillState::take_back(std::int64_t rows) {
  if (rows <= 0) return;
  BackfillRow next = row_;
  next.migrated = std::max<std::int64_t>(next.migrated - rows, 0);
  write(std::move(next));
}

void BackfillState::write(BackfillRow next, const std::string& also) {
  host_->with_retries([&](bool outwait) {
    auto statements = host_->begin(outwait);
    const auto claim_at = statements.size();
    statements.push_back(rows_.claim_sql(row_, settled_));
    const auto results = host_->session.run(joined(statements) + also + rows_.checkpoint_sql(next));
    if (results.at(claim_at).rows.empty()) {
      roll_back();
      throw LostBackfill();
    }
    host_->session.run("COMMIT");
  });
  next.batches = row_.batches + 1;
  row_ = std::move(next);
}

void BackfillState::finish(bool done) {
  BackfillRow next = row_;
  next.done = done;
  host_->with_retries([&](bool outwait) {
    auto statements = host_->begin(outwait);
    const auto claim_at = statements.size();
    statements.push_back(rows_.claim_sql(row_, settled_));
    statements.emplace_back("SET LOCAL client_min_messages = warning; DROP TABLE IF EXISTS pg_temp.batch;");
    statements.push_back(rows_.finish_sql(next));
    const auto results = host_->session.run(joined(statements));
    if (results.at(claim_at).rows.empty()) {
      roll_back();
      throw LostBackfill();
    }
    host_->session.run("COMMIT");
  });
  row_ = std::move(next);
  analyze();
}

void BackfillState::analyze() {
  try {
    std::string text;
    for (const auto& table : touched_) text += fmt::format("ANALYZE {};", table);
    host_->session.run(joined(host_->begin(false)) + text);
    host_->session.run("COMMIT");
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    // Statistics are a favour; autovacuum will make them.
    log::debug(fmt::format("ANALYZE after a backfill: {}", error.info().message));
    roll_back();
  }
}

void BackfillState::roll_back() const {
  if (host_->session.status() != TransactionStatus::idle) host_->session.run("ROLLBACK");
}

}  // namespace dbmigrate
