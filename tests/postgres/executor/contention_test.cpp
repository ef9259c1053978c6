// Somebody else is in the way: locks on tables, other runs, interrupts.
// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <future>
#include <thread>

#include "core/interrupt.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kNone = "-- dbmigrate: transaction=none\n";

/// Waits until a query answers `wanted`; fails the test after 20 s.
void wait_for(TestDatabase& database, std::string_view sql, std::string_view wanted) {
  for (int i = 0; i < 2'000; ++i) {
    if (database.ask(sql) == wanted) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("waited in vain for " << wanted << " from " << sql);
}

void interrupt_with(int signal, ErrorCode code) {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);\nSELECT pg_sleep(120);", "DROP TABLE a;");
  constexpr std::string_view kSleepers =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
  auto run = std::async(std::launch::async, [&] { return error_of([&] { upgrade(database, project); }); });
  wait_for(database, kSleepers, "1");
  const auto start = std::chrono::steady_clock::now();
  std::raise(signal);
  const auto error = run.get();
  CHECK(error.code == code);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(database.ask(kSleepers) == "0");
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
  CHECK(database.ask("SELECT event, revision FROM dbmigrate.history ORDER BY id DESC LIMIT 1") ==
        "interruption|0001_a");
}

}  // namespace

TEST_CASE("who holds a table's lock is named while it is tried for, and at the end", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  upgrade(database, project);
  project.migration("0002_b", "ALTER TABLE a ADD b int;", "ALTER TABLE a DROP b;");
  auto holder = database.connect("the application");
  holder->run("BEGIN");
  holder->run("SELECT * FROM a");
  const auto pid = std::to_string(holder->server().backend_pid);

  auto options = options_for(database);
  options.lock_timeout = Milliseconds{200};
  RecordingObserver observer;
  SECTION("it gives up when the time is over, and says who") {
    options.lock_retry_for = Milliseconds{1'500};
    const auto error = error_of([&] { upgrade(database, project, "head", &observer, &options); });
    CHECK(error.code == ErrorCode::lock_timeout);
    CHECK(exit_code_of(error.code) == ExitCode::busy);
    CHECK(error.sqlstate == "55P03");
    CHECK(error.detail.find("pid " + pid + " (the application, ") != std::string::npos);
    CHECK(error.detail.find("idle in transaction") != std::string::npos);
    REQUIRE_FALSE(observer.all<Retrying>().empty());
    REQUIRE(observer.all<Retrying>()[0].blockers.size() == 1);
    CHECK(std::to_string(observer.all<Retrying>()[0].blockers[0].pid) == pid);
    CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "1");
    CHECK(database.ask("SELECT event, sqlstate FROM dbmigrate.history ORDER BY id DESC LIMIT 1") == "failure|55P03");
  }
  SECTION("it goes through once the other has ended, and the history has the waits") {
    options.lock_retry_for = Milliseconds{20'000};
    auto run = std::async(std::launch::async, [&] { upgrade(database, project, "head", &observer, &options); });
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    holder->run("COMMIT");
    run.get();
    CHECK(database.ask("SELECT lock_waits > 0, blockers[1] LIKE '%the application%' FROM dbmigrate.history"
                       " WHERE revision = '0002_b'") == "t|t");
  }
}

TEST_CASE("a concurrent index is built while another run waits for its turn", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  upgrade(database, project);
  project.migration("0002_i", std::string(kNone) + "CREATE INDEX CONCURRENTLY i ON a (id);",
                    std::string(kNone) + "DROP INDEX CONCURRENTLY i;");
  // An old transaction that the build has to wait for, so that the second run meets the first one in the middle.
  auto old = database.connect("old");
  old->run("BEGIN");
  old->run("LOCK TABLE a IN ROW EXCLUSIVE MODE");

  auto first_options = options_for(database);
  auto second_options = options_for(database);
  second_options.wait = Milliseconds{60'000};
  RecordingObserver observer;
  auto first =
      std::async(std::launch::async, [&] { return upgrade(database, project, "head", nullptr, &first_options); });
  wait_for(database, "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()", "1");
  auto second =
      std::async(std::launch::async, [&] { return upgrade(database, project, "head", &observer, &second_options); });
  wait_for(database,
           "SELECT count(*) > 1 FROM pg_stat_activity WHERE datname = current_database()"
           " AND application_name LIKE '% lock'",
           "t");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  old->run("COMMIT");

  CHECK(first.get().revisions.size() == 1);
  CHECK(second.get().revisions.empty());
  CHECK(database.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "t");
  REQUIRE_FALSE(observer.all<WaitingForRun>().empty());
  REQUIRE(observer.all<WaitingForRun>()[0].holder);
  CHECK(observer.all<WaitingForRun>()[0].holder->application == first_options.identity.application);
  CHECK(observer.all<WaitingForRun>()[0].holder->query.find("CREATE INDEX CONCURRENTLY") != std::string::npos);
}

TEST_CASE("a run that may not wait says who holds the migration lock", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  auto worker = database.connect("dbmigrate other");
  MigrationLock lock({.connection = {.conninfo = database.url(), .application_name = "dbmigrate other lock"},
                      .version_schema = "dbmigrate"},
                     system_clock(), [](const auto&, Milliseconds) {});

  const auto error = error_of([&] { upgrade(database, project); });
  CHECK(error.code == ErrorCode::busy);
  CHECK(error.detail.find("dbmigrate other, user ") != std::string::npos);
  CHECK(error.hint.find("--wait") != std::string::npos);
  CHECK(database.ask("SELECT to_regclass('a'), to_regclass('dbmigrate.version')") == "NULL|NULL");

  SECTION("another version schema is another lock") {
    auto options = options_for(database);
    options.version_schema = "elsewhere";
    CHECK(upgrade(database, project, "head", nullptr, &options).revisions.size() == 1);
  }
}

TEST_CASE("an interrupt cancels on the server, leaves nothing and is recorded", "[executor]") {
  // Once for both signals: Catch puts its own handlers back between test cases.
  catch_interrupts();
  interrupt_with(SIGINT, ErrorCode::interrupted);
  interrupt_with(SIGTERM, ErrorCode::terminated);
}

TEST_CASE("an interrupted index build is gone on with", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  upgrade(database, project);
  project.migration("0002_i", std::string(kNone) + "CREATE INDEX CONCURRENTLY i ON a (id);",
                    std::string(kNone) + "DROP INDEX CONCURRENTLY i;");
  auto old = database.connect("old");
  old->run("BEGIN");
  old->run("LOCK TABLE a IN ROW EXCLUSIVE MODE");
  auto run = std::async(std::launch::async, [&] { return error_of([&] { upgrade(database, project); }); });
  wait_for(database, "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()", "1");
  database.run("SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()");
  const auto error = run.get();
  CHECK(error.code == ErrorCode::part_way);
  CHECK(error.sqlstate == "57014");
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_i'") == "in_progress");
  old->run("COMMIT");

  RecordingObserver observer;
  upgrade(database, project, "head", &observer);
  CHECK(database.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "t");
  REQUIRE(observer.all<IndexRecovered>().size() == 1);
  CHECK(observer.all<IndexRecovered>()[0].dropped);
}
