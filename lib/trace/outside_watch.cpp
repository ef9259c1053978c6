// Blockers that let go as soon as they have been run into.
// SPDX-License-Identifier: Apache-2.0
#include "trace/outside_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <thread>

namespace dbmigrate {
namespace {

constexpr std::string_view kApplication = "dbmigrate trace";
/// So many tables fit into the lock table of a server with its default settings.
constexpr std::size_t kMostTables = 500;
/// How long a blocker stands where nobody runs into it: a command on other objects than tables.
constexpr std::chrono::milliseconds kPatience{400};

std::unique_ptr<Session> connected(const std::string& url) {
  return connect({.conninfo = url, .application_name = std::string(kApplication), .interruptible = false});
}

}  // namespace

OutsideWatch::OutsideWatch(const std::string& url, int pid, const Observation& before)
    : reader_(connected(url)), changer_(connected(url)), writer_(connected(url)), pid_(pid) {
  std::size_t count = 0;
  for (const auto& [oid, relation] : before.relations) {
    if (relation.kind != 'r' && relation.kind != 'p') continue;
    tables_ += (tables_.empty() ? "ONLY " : ", ONLY ") + relation.name;
    ++count;
  }
  if (count > kMostTables) tables_.clear();
}

void OutsideWatch::lock_tables(Session& session, const std::string& mode) const {
  if (tables_.empty()) return;
  session.run("BEGIN");
  session.run(fmt::format("LOCK TABLE {} IN {} MODE", tables_, mode));
}

OutsideWatch::Seen OutsideWatch::look() {
  for (const auto& lock : observe_locks(*reader_, pid_)) {
    const bool known = std::any_of(locks_.begin(), locks_.end(), [&](const ObservedLock& one) {
      return one.relation == lock.relation && one.mode == lock.mode;
    });
    if (!known) locks_.push_back(lock);
  }
  const auto waits = reader_->run(fmt::format("SELECT FROM pg_catalog.pg_locks WHERE pid = {} AND NOT granted", pid_));
  return waits.back().rows.empty() ? Seen::running : Seen::waiting;
}

std::vector<ObservedLock> OutsideWatch::while_running(const std::function<void()>& command) {
  locks_.clear();
  lock_tables(*writer_, "ROW EXCLUSIVE");
  lock_tables(*changer_, "SHARE UPDATE EXCLUSIVE");
  std::atomic<bool> finished{false};
  std::exception_ptr failure;
  std::thread runner([&] {
    try {
      command();
    } catch (...) {
      failure = std::current_exception();
    }
    finished = true;
  });
  std::exception_ptr own;
  try {
    for (Session* blocker : {changer_.get(), writer_.get()}) {
      const auto until = std::chrono::steady_clock::now() + kPatience;
      while (!finished && look() == Seen::running && std::chrono::steady_clock::now() < until) continue;
      if (!finished) look();
      if (!tables_.empty()) blocker->run("ROLLBACK");
    }
    while (!finished) look();
  } catch (...) {
    own = std::current_exception();
    // Whoever blocks goes, so that the command can end.
    changer_.reset();
    writer_.reset();
  }
  runner.join();
  if (failure) std::rethrow_exception(failure);
  if (own) std::rethrow_exception(own);
  return locks_;
}

}  // namespace dbmigrate
