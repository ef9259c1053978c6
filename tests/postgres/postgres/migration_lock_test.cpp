// The lock on its own connection, while others look.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/migration_lock.hpp"

#include <thread>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/test_database.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

MigrationLock::Options options_for(const TestDatabase& database) {
  return {.connection = {.conninfo = database.url(), .application_name = "dbmigrate test lock"},
          .version_schema = "dbmigrate",
          .idle_timeout = Milliseconds{1'000}};
}

void nobody(const std::optional<Blocker>&, Milliseconds) {}

constexpr std::string_view kLockSession =
    " FROM pg_stat_activity WHERE application_name = 'dbmigrate test lock' AND datname = current_database()";

}  // namespace

TEST_CASE("the lock's connection stays alive without a snapshot", "[lock]") {
  TestDatabase database;
  const MigrationLock lock(options_for(database), system_clock(), nobody);
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  lock.require_held();
  // An empty query is the last thing that it sent; it may be under way at this moment.
  CHECK(database.ask("SELECT xact_start IS NOT NULL, query = '', backend_xmin IS NULL" + std::string(kLockSession)) ==
        "t|t|t");
}

TEST_CASE("when blockers are taken, no look at them is under way", "[lock]") {
  TestDatabase database;
  MigrationLock lock(options_for(database), system_clock(), nobody);
  auto worker = database.connect("worker");
  for (int round = 0; round < 100; ++round) {
    lock.watch(worker->server().backend_pid, Milliseconds{1});
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 5));
    lock.take_blockers();
    CHECK(database.ask("SELECT count(*)" + std::string(kLockSession) + " AND state = 'active' AND query <> ''") == "0");
  }
}

TEST_CASE("a lock that the server took back is noticed", "[lock]") {
  TestDatabase database;
  const MigrationLock lock(options_for(database), system_clock(), nobody);
  database.ask("SELECT pg_terminate_backend(pid)" + std::string(kLockSession));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  CHECK(error_of([&] { lock.require_held(); }).code == ErrorCode::lock_lost);
}
