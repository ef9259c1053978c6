// The walk, its passes, and the rows that fail.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/backfill_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "backfill/batch.hpp"
#include "backfill/batch_size.hpp"
#include "backfill/batch_sql.hpp"
#include "backfill/pause.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"

namespace dbmigrate {
namespace {

constexpr Milliseconds kPausePoll{1'000};
/// Enough for those who waited to get what they waited for.
constexpr Milliseconds kGiveWay{100};
constexpr int kMaxPasses = 10;
constexpr int kFailuresShown = 20;
/// Beyond this the failures are not a few bad rows.
constexpr std::int64_t kFailuresToJudge = 50;
constexpr std::int64_t kMostFailures = 10'000;
constexpr std::int64_t kMostWindow = 200'000;
constexpr int kTriesOfOneRow = 3;

class BackfillRun {
 public:
  BackfillRun(const BackfillHost& host, const Backfill& backfill, const BackfillId& id, BackfillMode mode)
      : host_(&host),
        backfill_(&backfill),
        mode_(mode),
        state_(host, backfill, id, mode != BackfillMode::go_on),
        size_(backfill.batch_time, backfill.batch_rows_min, backfill.batch_rows_max, 0),
        pause_(host.session, backfill),
        start_(host.clock.now()) {}

  void run() {
    state_.take_over();
    if (mode_ == BackfillMode::go_on && row().done) return;
    size_ = BatchSize(backfill_->batch_time, backfill_->batch_rows_min, backfill_->batch_rows_max, row().batch_rows);
    migrated_before_ = row().migrated;
    host_->tell(BackfillStarted{.id = row().id,
                                .table = row().table,
                                .key = row().key,
                                .total = row().total,
                                .total_is_exact = row().total_is_exact,
                                .found = row().found,
                                .pass = row().pass});
    retry_quarantined();
    if (mode_ == BackfillMode::catch_up && !backfill_->where.empty()) state_.begin_pass();
    if (mode_ != BackfillMode::retry) {
      walk();
      catch_up();
    }
    finish();
  }

 private:
  [[nodiscard]] const BackfillRow& row() const { return state_.row(); }

  void walk() {
    halving_.isolated();
    while (true) {
      throw_if_interrupted();
      host_->require_lock();
      wait_while_paused();
      const auto wanted = halving_.active() ? halving_.rows() : size_.rows();
      const auto report = attempt({.rows = wanted, .window = window_for(wanted), .keys_told = keys_to_tell()});
      if (!report) continue;
      if (report->outcome == BatchOutcome::at_end) return;
      if (report->outcome == BatchOutcome::paused) hold_on();
      if (report->outcome == BatchOutcome::done) account(*report, wanted);
    }
  }

  /// In stretches where few rows are due the walk takes longer steps.
  [[nodiscard]] std::int64_t window_for(std::int64_t rows) const {
    if (halving_.active() && by_window_) return rows;
    const auto window = static_cast<double>(rows) / std::max(due_share_, 0.005);
    return std::min(static_cast<std::int64_t>(window), std::max(kMostWindow, rows));
  }

  [[nodiscard]] std::int64_t keys_to_tell() const {
    if (host_->tells_every_row) return backfill_->batch_rows_max;
    return std::max<std::int64_t>(kRowsTold - told_, 0);
  }

  /// Empty when the batch failed and was dealt with.
  std::optional<BatchReport> attempt(const BatchRequest& request) {
    BatchReport report;
    try {
      host_->with_retries([&](bool outwait) { report = state_.run_batch(request, outwait); });
      return report;
    } catch (const BatchFailure& failure) {
      failed(request, failure);
    }
    return std::nullopt;
  }

  void account(const BatchReport& report, std::int64_t wanted) {
    const bool halved = halving_.active();
    halving_.passed(by_window_ ? wanted : report.rows);
    if (!halving_.active()) by_window_ = false;
    tries_of_row_ = 0;
    due_share_ =
        report.walked_to_end_of_window ? static_cast<double>(report.due) / static_cast<double>(report.window) : 1;
    if (!halving_.active()) size_.took(report.rows, report.took);
    state_.set_batch_rows(size_.rows());
    processed_ += report.due;
    tried_ += report.rows;
    told_ += static_cast<std::int64_t>(report.keys.size());
    if (report.due > 0) tell(report, halved ? BatchKind::halved : BatchKind::whole);
    if (backfill_->pause_lock_waiters && report.lock_waiters >= *backfill_->pause_lock_waiters) {
      give_way(report.lock_waiters);
    }
  }

  enum class BatchKind { whole, halved, retry };

  void tell(const BatchReport& report, BatchKind kind) {
    BatchDone done{.id = row().id,
                   .pass = row().pass,
                   .retry = kind == BatchKind::retry,
                   .halved = kind == BatchKind::halved,
                   .found = row().found,
                   .total = std::max(row().total, row().found),
                   .due = report.due,
                   .rows = report.rows,
                   .took = report.took,
                   .elapsed = elapsed(),
                   .eta = std::nullopt,
                   .keys = report.keys};
    done.rate =
        static_cast<double>(processed_) * 1000 / static_cast<double>(std::max<std::int64_t>(done.elapsed.count(), 1));
    if (row().pass == 1 && done.rate > 0) {
      done.eta =
          Milliseconds{static_cast<std::int64_t>(static_cast<double>(done.total - done.found) * 1000 / done.rate)};
    }
    host_->tell(done);
  }

  [[nodiscard]] Milliseconds elapsed() const {
    return std::chrono::duration_cast<Milliseconds>(host_->clock.now() - start_) - paused_for_;
  }

  void failed(const BatchRequest& request, const BatchFailure& failure) {
    by_window_ = failure.in_selection();
    const auto rows = failure.in_selection() ? request.rows : failure.rows();
    if (!halving_.failed(rows)) return;
    // A unique violation against a row that was committed meanwhile is gone when the SQL looks again.
    if (failure.error().info().sqlstate == "23505" && ++tries_of_row_ < kTriesOfOneRow) return;
    tries_of_row_ = 0;
    const auto key = failure.key() ? failure.key() : state_.next_key();
    // Where no row is left to be to blame, `where` or `skip` fail by themselves, and would for ever.
    if (!key) throw ServerError(failure.error().info(), 0, 0, false);
    quarantine(*key, failure.error());
    halving_.isolated();
    by_window_ = false;
  }

  void quarantine(const RowKey& key, const Error& error) {
    const auto put_aside = state_.quarantine(key, error);
    ++failed_now_;
    ++processed_;
    ++tried_;
    host_->tell(RowQuarantined{.id = row().id, .failure = put_aside});
    if (failed_now_ <= backfill_->max_failures) return;
    const bool most = failed_now_ >= kFailuresToJudge && failed_now_ * 2 > tried_;
    if (!most && failed_now_ < kMostFailures + backfill_->max_failures) return;
    throw_too_many("it stopped early, since so many cannot be a few bad rows");
  }

  void wait_while_paused() {
    const auto now = host_->clock.now();
    if (looked_at_ && now - *looked_at_ < kPausePoll) return;
    std::string told;
    const auto since = now;
    while (const auto reason = reason_to_pause()) {
      if (*reason != told) host_->tell(BackfillPaused{.id = row().id, .reason = *reason});
      told = *reason;
      if (!host_->clock.sleep(kPausePoll)) throw_if_interrupted();
      host_->require_lock();
    }
    looked_at_ = host_->clock.now();
    if (told.empty()) return;
    paused_for_ += std::chrono::duration_cast<Milliseconds>(*looked_at_ - since);
    host_->tell(BackfillResumed{row().id});
  }

  /// A batch saw that somebody paused the backfill.
  void hold_on() {
    asked_to_pause_ = true;
    looked_at_.reset();
  }

  std::optional<std::string> reason_to_pause() {
    if (asked_to_pause_) {
      if (auto why = state_.paused()) return why;
      asked_to_pause_ = false;
    }
    return pause_.reason();
  }

  void give_way(std::int64_t waiters) {
    host_->tell(BackfillPaused{.id = row().id, .reason = fmt::format("{} sessions waited for a batch", waiters)});
    size_.halve();
    if (!host_->clock.sleep(kGiveWay)) throw_if_interrupted();
    paused_for_ += kGiveWay;
    host_->tell(BackfillResumed{row().id});
  }

  /// Rows that were put aside get one more chance, each alone.
  void retry_quarantined() {
    for (const auto& failure : state_.failures(0)) {
      while (!retried(failure.key)) hold_on();
    }
  }

  /// False when somebody paused the backfill instead.
  bool retried(const RowKey& key) {
    throw_if_interrupted();
    host_->require_lock();
    wait_while_paused();
    const BatchRequest request{.rows = 1, .window = 1, .keys_told = keys_to_tell(), .only = key};
    BatchReport report;
    try {
      host_->with_retries([&](bool outwait) { report = state_.run_batch(request, outwait); });
    } catch (const BatchFailure& again) {
      host_->tell(RowQuarantined{.id = row().id, .failure = state_.quarantine_again(key, again.error())});
      return true;
    }
    if (report.outcome == BatchOutcome::paused) return false;
    processed_ += report.due;
    told_ += static_cast<std::int64_t>(report.keys.size());
    if (report.rows > 0) tell(report, BatchKind::retry);
    return true;
  }

  /// Rows written behind the cursor, or changed so that they are due again. A pass that changes nothing is the last.
  void catch_up() {
    if (backfill_->where.empty()) return;
    for (int passes = 0; passes < kMaxPasses && state_.any_due(); ++passes) {
      const auto unchanged_before = row().unchanged;
      const bool after_main = row().pass == 1;
      state_.begin_pass();
      walk();
      // Rows that the main pass took for done, and that the SQL leaves as they are.
      if (after_main) state_.take_back(row().unchanged - unchanged_before);
      if (state_.changed_in_pass() <= 0) return;
    }
  }

  void finish() {
    const bool done = row().failed <= backfill_->max_failures;
    state_.finish(done);
    tell_finished();
    if (!done) throw_too_many("the rest is done");
  }

  void tell_finished() {
    host_->tell(BackfillFinished{.row = row(),
                                 .migrated_now = row().migrated - migrated_before_,
                                 .took = elapsed(),
                                 .failures = state_.failures(kFailuresShown)});
  }

  [[noreturn]] void throw_too_many(std::string_view rest) {
    const auto list = state_.failures(kFailuresShown);
    if (rest != "the rest is done") tell_finished();
    std::string detail =
        fmt::format("More than max_failures ({}) of {}; {}.", backfill_->max_failures, row().table, rest);
    for (const auto& one : list) {
      detail += fmt::format("\n  {}: {} (SQLSTATE {}, {} attempt{})", key_text(row().key, one.key), one.message,
                            one.sqlstate, one.attempts, one.attempts == 1 ? "" : "s");
    }
    if (row().failed > static_cast<std::int64_t>(list.size())) {
      detail += fmt::format("\n  and {} more", row().failed - static_cast<std::int64_t>(list.size()));
    }
    throw Error({.code = ErrorCode::part_way,
                 .message = fmt::format("{} row{} of backfill {} failed", row().failed, row().failed == 1 ? "" : "s",
                                        row().id.text()),
                 .detail = std::move(detail),
                 .hint = "Mend the rows or what refuses them, then run the same command again or `dbmigrate backfill "
                         "retry`: they are tried once more.",
                 .at = Location{.file = backfill_->sql.file, .line = backfill_->sql.first_line}});
  }

  const BackfillHost* host_;
  const Backfill* backfill_;
  BackfillMode mode_;
  BackfillState state_;
  BatchSize size_;
  Halving halving_;
  bool by_window_ = false;  ///< `where` or `skip` themselves fail: halving counts keys, not due rows
  int tries_of_row_ = 0;
  double due_share_ = 1;
  PauseConditions pause_;
  std::chrono::steady_clock::time_point start_;
  std::optional<std::chrono::steady_clock::time_point> looked_at_;
  bool asked_to_pause_ = false;
  Milliseconds paused_for_{0};
  std::int64_t migrated_before_ = 0;
  std::int64_t processed_ = 0;  ///< due rows, skipped and failed ones included, in this run
  std::int64_t tried_ = 0;      ///< rows that the SQL ran on, in this run
  std::int64_t failed_now_ = 0;
  std::int64_t told_ = 0;
};

}  // namespace

void run_backfill(const BackfillHost& host, const Backfill& backfill, const BackfillId& id, BackfillMode mode) {
  require_batch_sql(backfill);
  BackfillRun(host, backfill, id, mode).run();
}

}  // namespace dbmigrate
