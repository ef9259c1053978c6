// The polled advisory lock and the thread that keeps it.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/migration_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

#include "core/checksum.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kWho =
    "a.pid, coalesce(a.usename, ''), coalesce(a.client_addr::text, 'local'), coalesce(a.application_name, ''),"
    " coalesce(a.state, a.backend_type, ''),"
    " (extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start)) * 1000)::bigint,"
    " pg_catalog.left(pg_catalog.regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 200)";

Blocker blocker_of(const Result& result, std::size_t row) {
  const auto& age = result.text(row, 5);
  return {.pid = static_cast<int>(result.number(row, 0)),
          .user = result.text(row, 1),
          .host = result.text(row, 2),
          .application = result.text(row, 3),
          .state = result.text(row, 4),
          .age = Milliseconds{age.empty() ? 0 : result.number(row, 5)},
          .query = result.text(row, 6)};
}

Milliseconds jittered(Milliseconds around) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Milliseconds{std::uniform_int_distribution<long>(around.count() / 2, around.count() * 3 / 2)(random)};
}

}  // namespace

std::string Blocker::text() const {
  if (pid == 0) return "a prepared transaction (see pg_prepared_xacts)";
  std::string text = fmt::format("pid {} (", pid);
  if (!application.empty()) text += application + ", ";
  text += fmt::format("user {}, {}, {} for {})", user, host, state, duration_for_people(age));
  if (!query.empty()) text += ": " + query;
  return text;
}

std::int64_t migration_lock_key(std::string_view version_schema) {
  const auto digest = Checksum::of(fmt::format("dbmigrate migration lock {}", version_schema)).hex();
  return static_cast<std::int64_t>(std::stoull(digest.substr(0, 16), nullptr, 16));
}

MigrationLock::MigrationLock(Options options, Clock& clock, const WhileWaiting& while_waiting)
    : options_(std::move(options)), key_(migration_lock_key(options_.version_schema)) {
  options_.connection.interruptible = false;
  options_.connection.answer_within = std::min(options_.idle_timeout, Milliseconds{15'000});
  session_ = connect(options_.connection);
  const auto start = clock.now();
  Milliseconds pause{25};  // a holder that is just leaving is not waited for longer than need be
  auto last_told = start - std::chrono::seconds(1);
  while (!try_lock()) {
    const auto waited = std::chrono::duration_cast<Milliseconds>(clock.now() - start);
    const auto other = holder();
    if (waited >= options_.wait) {
      throw Error({.code = ErrorCode::busy,
                   .message = "another run holds the migration lock",
                   .detail = other ? fmt::format("It is held by {}.", other->text())
                                   : "Its holder left while we looked; the lock was busy each time.",
                   .hint = "Wait for that run to end, or give more time with --wait 5min."});
    }
    if (clock.now() - last_told >= std::chrono::seconds(1)) {
      last_told = clock.now();
      while_waiting(other, waited);
    }
    const auto left = options_.wait - waited;
    if (!clock.sleep(std::min(jittered(pause), std::max(left, Milliseconds{1})))) throw_if_interrupted();
    pause = std::min(pause * 2, Milliseconds{200});
  }
  thread_ = std::thread([this] { keep_alive(); });
}

MigrationLock::~MigrationLock() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  try {
    if (held() && session_->status() == TransactionStatus::open) session_->run("COMMIT");
  } catch (const std::exception& error) {
    log::debug(fmt::format("the migration lock's connection closed badly: {}", error.what()));
  }
}

bool MigrationLock::try_lock() {
  const std::string_view no_limit = session_->server().major() >= 17 ? "SET LOCAL transaction_timeout = 0;" : "";
  const auto results = session_->run(
      fmt::format("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = {}; "
                  "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL tcp_keepalives_idle = 10; "
                  "SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 4; {} SELECT "
                  "pg_catalog.pg_try_advisory_xact_lock({})",
                  options_.idle_timeout.count(), no_limit, key_));
  if (results.back().text(0, 0) == "t") return true;
  session_->run("ROLLBACK");
  return false;
}

std::optional<Blocker> MigrationLock::holder() {
  const auto key = static_cast<std::uint64_t>(key_);
  auto result = session_->run(fmt::format(
      "SELECT {} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
      " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = {} AND l.objid = {}"
      " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
      kWho, key >> 32U, key & 0xffffffffU));
  if (result.at(0).rows.empty()) return std::nullopt;
  auto lock_session = blocker_of(result.at(0), 0);
  // The lock's own session only beats; what the run does is to be seen on the session with the same name.
  constexpr std::string_view kSuffix = " lock";
  if (!lock_session.application.ends_with(kSuffix)) return lock_session;
  const auto name = lock_session.application.substr(0, lock_session.application.size() - kSuffix.size());
  result = session_->run(
      fmt::format("SELECT {} FROM pg_catalog.pg_stat_activity a WHERE a.application_name = {} AND a.datname ="
                  " pg_catalog.current_database() ORDER BY a.pid LIMIT 1",
                  kWho, sql::quote_literal(name)));
  return result.at(0).rows.empty() ? lock_session : blocker_of(result.at(0), 0);
}

bool MigrationLock::held() const {
  const std::lock_guard guard(mutex_);
  return lost_.empty();
}

void MigrationLock::require_held() const {
  const std::lock_guard guard(mutex_);
  if (lost_.empty()) return;
  throw Error({.code = ErrorCode::lock_lost,
               .message = "the connection that holds the migration lock was lost",
               .detail = fmt::format("It ended with: {}. The run stopped before its next revision.", lost_),
               .hint = "Run the same command again: it goes on where the database is."});
}

void MigrationLock::watch(int pid, Milliseconds interval) {
  {
    const std::lock_guard guard(mutex_);
    watched_ = pid;
    interval_ = interval;
    seen_.clear();
  }
  changed_.notify_all();
}

std::vector<Blocker> MigrationLock::take_blockers() {
  std::unique_lock guard(mutex_);
  watched_ = 0;
  // A look has a snapshot. CREATE INDEX CONCURRENTLY, coming next, would wait for the transaction that it was seen in
  // to end; and that is the one which holds the lock until the index is there.
  changed_.wait(guard, [this] { return !looking_; });
  return std::exchange(seen_, {});
}

void MigrationLock::keep_alive() {
  std::unique_lock guard(mutex_);
  const auto heartbeat = options_.idle_timeout / 6;
  while (!stopping_ && lost_.empty()) {
    const int before = watched_;
    const auto pause = before != 0 ? std::min(interval_, heartbeat) : heartbeat;
    const bool told = changed_.wait_for(guard, pause, [&] { return stopping_ || watched_ != before; });
    if (!told) beat_or_look(guard);
  }
}

void MigrationLock::beat_or_look(std::unique_lock<std::mutex>& guard) {
  const int pid = watched_;
  looking_ = pid != 0;
  guard.unlock();
  std::vector<Blocker> now;
  std::string failure;
  try {
    if (pid == 0) {
      session_->run("");  // the one message that wakes the server without a snapshot
    } else {
      // A transaction sees pg_stat_activity as it was at its first look until told otherwise.
      const auto results =
          session_->run(fmt::format("SELECT pg_catalog.pg_stat_clear_snapshot(); SELECT {} FROM"
                                    " pg_catalog.unnest(pg_catalog.pg_blocking_pids({})) AS b(pid) LEFT JOIN"
                                    " pg_catalog.pg_stat_activity a ON a.pid = b.pid",
                                    kWho, pid));
      for (std::size_t row = 0; row < results.at(1).rows.size(); ++row) {
        now.push_back(results.at(1).rows[row][0] ? blocker_of(results.at(1), row) : Blocker{});
      }
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }
  guard.lock();
  looking_ = false;
  changed_.notify_all();
  if (!failure.empty()) lost_ = failure;
  if (watched_ != pid) return;
  for (auto& blocker : now) {
    const auto known = std::find_if(seen_.begin(), seen_.end(), [&](const Blocker& b) { return b.pid == blocker.pid; });
    if (known == seen_.end()) {
      seen_.push_back(std::move(blocker));
    } else {
      *known = std::move(blocker);
    }
  }
}

}  // namespace dbmigrate
