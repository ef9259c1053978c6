// One run at a time per database and version table, on a connection of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// A session that stands in somebody's way.
struct Blocker {
  int pid = 0;  ///< 0 = a prepared transaction
  std::string user;
  std::string host;  ///< `local` for a unix socket
  std::string application;
  std::string state;    ///< `idle in transaction`, `active`, or the kind of a background process
  Milliseconds age{0};  ///< of its transaction
  std::string query;    ///< the first 200 characters of its last statement

  /// `pid 4711 (app, user bob, idle in transaction for 3 min 2 s): SELECT …`
  [[nodiscard]] std::string text() const;
};

/// The advisory lock's key. Such locks belong to one database already; the schema of the version table makes the rest.
std::int64_t migration_lock_key(std::string_view version_schema);

/// Held from construction to destruction, or until its connection dies. A thread of its own keeps the connection
/// alive and, when asked, looks at who blocks the worker. PostgreSQL frees the lock with the connection.
///
/// Taken as pg_try_advisory_xact_lock() by the simple protocol at READ COMMITTED and polled: such a transaction has no
/// snapshot between statements, and CREATE INDEX CONCURRENTLY waits for whoever has one when it looks. So statements
/// are sent only while somebody is watched; the heartbeat is an empty query. A transaction-pooling PgBouncer cannot
/// hand its server connection to somebody else.
class MigrationLock {
 public:
  struct Options {
    ConnectionOptions connection;
    std::string version_schema;
    Milliseconds wait{0};               ///< how long to try; 0 = once
    Milliseconds idle_timeout{30'000};  ///< the server frees the lock of a silent client after this
  };
  /// Told about every second while somebody else holds the lock.
  using WhileWaiting = std::function<void(const std::optional<Blocker>& holder, Milliseconds waited)>;

  /// Throws Error{busy} with the holder when `wait` is over.
  MigrationLock(Options options, Clock& clock, const WhileWaiting& while_waiting);
  ~MigrationLock();
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

  /// Where the lock is.
  [[nodiscard]] const ServerFacts& server() const { return session_->server(); }

  /// False when the connection has died.
  [[nodiscard]] bool held() const;
  /// Throws Error{lock_lost} when the connection has died.
  void require_held() const;

  /// From now until take_blockers() the thread looks every `interval` who blocks the server process `pid`.
  void watch(int pid, Milliseconds interval);
  /// Stops looking; everyone seen, each once, with what it did when last seen.
  std::vector<Blocker> take_blockers();

 private:
  bool try_lock();
  std::optional<Blocker> holder();
  void keep_alive();
  void beat_or_look(std::unique_lock<std::mutex>& guard);

  Options options_;
  std::int64_t key_;
  std::unique_ptr<Session> session_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string lost_;  ///< why the connection is gone; empty = held
  int watched_ = 0;
  bool looking_ = false;  ///< the thread asks the server at this moment
  Milliseconds interval_{0};
  std::vector<Blocker> seen_;
  std::thread thread_;
};

}  // namespace dbmigrate
