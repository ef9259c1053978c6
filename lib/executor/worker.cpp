// Settings of a transaction, and trying again.
// SPDX-License-Identifier: Apache-2.0
#include "executor/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr Milliseconds kCheckInterval{2'000};

/// Settings of a whole transaction; `scope` is `SET LOCAL` or `SET`.
std::vector<std::string> settings(const Worker& worker, std::string_view scope, Milliseconds lock_timeout,
                                  Milliseconds statement_timeout) {
  std::vector<std::string> list{
      fmt::format("{} client_encoding = 'UTF8';", scope),
      fmt::format("{} standard_conforming_strings = on;", scope),
      fmt::format("{} lock_timeout = {};", scope, lock_timeout.count()),
      fmt::format("{} statement_timeout = {};", scope, statement_timeout.count()),
      fmt::format("{} idle_in_transaction_session_timeout = {};", scope, worker.options.idle_timeout.count()),
  };
  const int major = worker.session->server().major();
  if (major >= 14)
    list.push_back(fmt::format("{} client_connection_check_interval = {};", scope, kCheckInterval.count()));
  if (!worker.session->server().host.starts_with('/')) {
    // A client that vanished with its network is noticed in half a minute instead of Linux's two hours.
    for (const auto* setting : {"idle = 10", "interval = 5", "count = 4"}) {
      list.push_back(fmt::format("{} tcp_keepalives_{};", scope, setting));
    }
  }
  if (major >= 17) list.push_back(fmt::format("{} transaction_timeout = 0;", scope));
  if (!worker.options.role.empty()) {
    // On a connection of our own the role stays for reads between transactions.
    list.push_back(
        fmt::format("{} ROLE {};", worker.pooled() ? scope : "SET", sql::quote_identifier(worker.options.role)));
  }
  return list;
}

Milliseconds backoff(int attempt) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto base = std::min<long>(250L << std::min(attempt, 6), 10'000L);
  return Milliseconds{std::uniform_int_distribution<long>(base / 2, base * 3 / 2)(random)};
}

/// How often to look who blocks: several times before the lock timeout.
Milliseconds look_interval(Milliseconds lock_timeout) {
  constexpr Milliseconds kSeldom{1'000};
  return lock_timeout.count() == 0 ? kSeldom : std::clamp(lock_timeout / 4, Milliseconds{50}, kSeldom);
}

bool worth_waiting_for(std::string_view sqlstate) {
  return sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001";
}

void remember(RetryTally& tally, const std::vector<Blocker>& blockers) {
  ++tally.lock_waits;
  for (const auto& blocker : blockers) {
    auto text = blocker.text();
    if (std::find(tally.blockers.begin(), tally.blockers.end(), text) == tally.blockers.end()) {
      tally.blockers.push_back(std::move(text));
    }
  }
}

std::string sentence_of(const std::vector<Blocker>& blockers) {
  if (blockers.empty()) return "Nobody was seen holding the lock when it was looked at.";
  std::string text = "In the way: ";
  for (std::size_t i = 0; i < blockers.size(); ++i) text += (i > 0 ? "; " : "") + blockers[i].text();
  return text + ".";
}

}  // namespace

std::vector<std::string> agreed_settings(const RunOptions& options) {
  auto names = options.agreed;
  if (options.allow_data_loss) names.emplace_back("allow_data_loss");
  std::vector<std::string> settings;
  for (const auto& name : names) settings.push_back(fmt::format("SET LOCAL dbmigrate.{} = 'on';", name));
  return settings;
}

std::vector<std::string> begin_statements(const Worker& worker, const PreparedRevision* revision,
                                          bool outwait_autovacuum) {
  const auto& options = worker.options;
  auto lock_timeout = options.lock_timeout;
  auto statement_timeout = options.statement_timeout;
  if (revision != nullptr) {
    lock_timeout = revision->lock_timeout.value_or(lock_timeout);
    statement_timeout = revision->statement_timeout.value_or(statement_timeout);
  }
  // Autovacuum yields only to a waiter that has run its deadlock check.
  if (outwait_autovacuum && lock_timeout.count() > 0) {
    lock_timeout = std::max(lock_timeout, worker.deadlock_timeout + Milliseconds{500});
  }
  auto statements = settings(worker, "SET LOCAL", lock_timeout, statement_timeout);
  statements.insert(statements.begin(), "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;");
  for (auto& agreed : agreed_settings(options)) statements.push_back(std::move(agreed));
  return statements;
}

std::string restore_statements(const Worker& worker) {
  std::string text = "RESET SESSION AUTHORIZATION; RESET ALL;";
  for (const auto& setting : settings(worker, "SET LOCAL", worker.options.lock_timeout, Milliseconds{0}))
    text += setting;
  for (const auto& agreed : agreed_settings(worker.options)) text += agreed;
  return text;
}

void prepare_session_for_outside(Worker& worker) {
  if (worker.pooled()) return;
  // A timeout around CREATE INDEX CONCURRENTLY leaves an INVALID index; it queues behind nobody's reads.
  std::string message;
  for (const auto& setting : settings(worker, "SET", Milliseconds{0}, Milliseconds{0})) message += setting;
  worker.session->run(message);
}

void restore_session(Worker& worker) {
  if (worker.pooled() || worker.session->status() != TransactionStatus::idle) return;
  worker.session->run("RESET SESSION AUTHORIZATION; RESET ALL");
  if (!worker.options.role.empty()) worker.session->run("SET ROLE " + sql::quote_identifier(worker.options.role));
}

void with_lock_retries(Worker& worker, const std::optional<RevisionId>& id, RetryTally& tally,
                       const std::function<void(bool)>& attempt) {
  const auto deadline = worker.clock.now() + worker.options.lock_retry_for;
  for (int number = 1;; ++number) {
    worker.lock->require_held();
    const auto pid = worker.session->server().backend_pid;
    // Behind a pooler the next transaction may run in another server process: nothing to look at.
    if (!worker.pooled()) worker.lock->watch(pid, look_interval(worker.options.lock_timeout));
    try {
      attempt(number % 3 == 2);
      worker.lock->take_blockers();
      return;
    } catch (const ServerError& error) {
      const auto blockers = worker.lock->take_blockers();
      if (error.connection_lost() || !worth_waiting_for(error.sqlstate())) throw;
      if (worker.session->status() != TransactionStatus::idle) worker.session->run("ROLLBACK");
      remember(tally, blockers);
      const auto pause = backoff(number);
      if (worker.clock.now() + pause >= deadline) {
        ErrorInfo info = error.info();
        info.code = ErrorCode::lock_timeout;
        info.detail = fmt::format("{} attempts within {}. {}", number,
                                  duration_for_people(worker.options.lock_retry_for), sentence_of(blockers));
        info.hint = "Let those sessions end, or give more time with --lock-retry-for; nothing of the revision remains.";
        throw Error(std::move(info));
      }
      worker.observer.on(Retrying{.id = id,
                                  .reason = error.info().message,
                                  .sqlstate = error.sqlstate(),
                                  .attempt = number,
                                  .pause = pause,
                                  .blockers = blockers});
      if (!worker.clock.sleep(pause)) throw_if_interrupted();
    } catch (...) {
      worker.lock->take_blockers();
      throw;
    }
  }
}

}  // namespace dbmigrate
