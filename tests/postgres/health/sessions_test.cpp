// What sessions do to each other: real ones, each waiting or holding what it is said to.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "postgres/migration_lock.hpp"
#include "support.hpp"
#include "support/catch.hpp"

namespace dbmigrate::tests {
namespace {

class Accounts : public Project {
 public:
  Accounts() {
    migration("001_accounts",
              "CREATE TABLE accounts (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);"
              "INSERT INTO accounts SELECT generate_series(1, 10);",
              "DROP TABLE accounts;");
    write_catalogs(*this);
  }
};

const Accounts& accounts() {
  static const Accounts one;
  return one;
}

std::string pid_of(Session& session) { return "pid " + session.run("SELECT pg_backend_pid()").front().text(0, 0); }

/// A statement on a thread of its own, which ends with it.
class Busy {
 public:
  Busy(const HealthDatabase& database, std::string sql, std::string application = "app")
      : session_(database.connect(std::move(application))),
        admin_(database.connect("admin")),
        pid_(session_->server().backend_pid) {
    thread_ = std::thread([this, text = std::move(sql)] {
      try {
        session_->run(text);
      } catch (const Error&) {
        failed_ = true;
      }
    });
  }
  /// Whatever it still waits for.
  ~Busy() {
    admin_->run("SELECT pg_terminate_backend(" + std::to_string(pid_) + ")");
    thread_.join();
  }
  [[nodiscard]] std::string object() const { return "pid " + std::to_string(pid_); }

 private:
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> admin_;
  int pid_;
  bool failed_ = false;
  std::thread thread_;
};

bool found(const HealthDatabase& database, const Looking& looking, const std::string& check,
           const std::string& object) {
  const auto report = look_at(database, accounts(), looking);
  const auto& outcome = outcome_of(report, check);
  return outcome.status == HealthStatus::warning && outcome.findings.size() == 1 &&
         outcome.findings.front().object == object;
}

}  // namespace

TEST_CASE("a transaction that is left open is found, and our own sessions are not", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const Looking looking{
      .limits = {{"idle_xact", "100ms", ""}, {"long_xact", "100ms", ""}, {"orphan_runner", "100ms", ""}}};
  CHECK(alarms(look_at(database, accounts(), looking)).empty());

  const auto forgotten = database.connect("app");
  forgotten->run("BEGIN; SELECT 1");
  eventually([&] { return found(database, looking, "idle_xact", pid_of(*forgotten)); });
  forgotten->run("ROLLBACK");

  const auto ours = database.connect("dbmigrate 12345678");
  ours->run("BEGIN; SELECT 1");
  const auto object = "pid " + std::to_string(ours->server().backend_pid);
  eventually([&] { return found(database, looking, "orphan_runner", object); });
  CHECK(outcome_of(look_at(database, accounts(), looking), "idle_xact").status == HealthStatus::ok);
}

TEST_CASE("a transaction that works for long is found", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const Looking looking{.limits = {{"long_xact", "100ms", ""}}};
  CHECK(alarms(look_at(database, accounts(), looking)).empty());
  const Busy busy(database, "SELECT pg_sleep(2)");
  eventually([&] { return found(database, looking, "long_xact", busy.object()); });
}

TEST_CASE("a session that waits is found with the one at the end of its chain", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const Looking looking{.limits = {{"blocked", "50ms", ""}}};
  CHECK(alarms(look_at(database, accounts(), looking)).empty());
  const auto holder = database.connect("holder");
  holder->run("BEGIN; UPDATE accounts SET n = 1 WHERE id = 1");
  {
    const Busy waiting(database, "UPDATE accounts SET n = 2 WHERE id = 1");
    eventually([&] { return found(database, looking, "blocked", waiting.object()); });
    const auto report = look_at(database, accounts(), looking);
    const auto& finding = outcome_of(report, "blocked").findings.front();
    const auto end = std::to_string(holder->server().backend_pid);
    INFO(finding.detail);
    CHECK(finding.detail.find(waiting.object().substr(4) + " behind " + end) != std::string::npos);
    CHECK(finding.fix == "SELECT pg_terminate_backend(" + end + ");");
    holder->run("ROLLBACK");
  }
  CHECK(outcome_of(look_at(database, accounts(), looking), "blocked").status == HealthStatus::ok);
}

TEST_CASE("the migration lock is told while it is free and while somebody holds it", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const Looking looking{.limits = {{"migration_lock", "0", ""}}};
  CHECK(outcome_of(look_at(database, accounts(), looking), "migration_lock").says == "free");
  const MigrationLock lock({.connection = {.conninfo = database.url(), .application_name = "dbmigrate 12345678 lock"},
                            .version_schema = "dbmigrate"},
                           system_clock(), [](const std::optional<Blocker>&, Milliseconds) {});
  CHECK(alarms(look_at(database, accounts())).empty());
  const auto report = look_at(database, accounts(), looking);
  const auto& outcome = outcome_of(report, "migration_lock");
  CHECK(outcome.status == HealthStatus::warning);
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.says == "held by " + outcome.findings.front().object);
}

TEST_CASE("deadlocks are counted", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const Looking looking{.limits = {{"deadlocks", "0", ""}}};
  CHECK(alarms(look_at(database, accounts(), looking)).empty());
  {
    const auto first = database.connect("first");
    first->run("SET deadlock_timeout = '50ms'; BEGIN; UPDATE accounts SET n = 1 WHERE id = 1");
    const Busy second(database,
                      "SET deadlock_timeout = '10s'; BEGIN; UPDATE accounts SET n = 1 WHERE id = 2;"
                      "UPDATE accounts SET n = 1 WHERE id = 1; ROLLBACK");
    eventually([&] {
      return database.ask(
                 "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted"
                 " AND a.datname = current_database()") == "1";
    });
    CHECK_THROWS(first->run("UPDATE accounts SET n = 1 WHERE id = 2"));
    first->run("ROLLBACK");
  }
  eventually([&] { return found(database, looking, "deadlocks", "database " + database.name()); });
}

TEST_CASE("an index being built is no alarm, a leftover of a build is", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  const auto reader = database.connect("reader");
  // A build waits for every transaction that is older than it.
  reader->run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM accounts");
  {
    const Busy build(database, "CREATE INDEX CONCURRENTLY later ON accounts (n)");
    eventually([&] { return database.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "1"; });
    CHECK(alarms(look_at(database, accounts())).empty());
    database.run("SELECT pg_cancel_backend(" + build.object().substr(4) + ")");
  }
  CHECK(alarms(look_at(database, accounts())) == "critical invalid_index: index public.later");
  {
    // Whoever may not see the build cannot tell a leftover from it.
    reader->run("ROLLBACK");
    database.run("DROP INDEX later; DROP ROLE IF EXISTS blind; CREATE ROLE blind LOGIN");
    reader->run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM accounts");
    const Busy build(database, "CREATE INDEX CONCURRENTLY later ON accounts (n)");
    eventually([&] { return database.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "1"; });
    const auto session = database.connect("app", "blind");
    const auto report = look_at(*session, accounts());
    CHECK(outcome_of(report, "invalid_index").status == HealthStatus::unknown);
    CHECK(outcome_of(report, "invalid_index").fix == "GRANT pg_monitor TO blind;");
    reader->run("ROLLBACK");
  }
  database.run("DROP INDEX later");
  CHECK(alarms(look_at(database, accounts())).empty());
}

TEST_CASE("a revision that a live run is at work on is no alarm", "[health]") {
  HealthDatabase database;
  upgrade(database, accounts());
  database.run("UPDATE dbmigrate.version SET state = 'in_progress', run_id = '12345678-0000-4000-8000-000000000000'");
  CHECK(outcome_of(look_at(database, accounts()), "journal").status == HealthStatus::critical);
  const auto run = database.connect("dbmigrate 12345678");
  const auto report = look_at(database, accounts());
  CHECK(outcome_of(report, "journal").status == HealthStatus::ok);
  CHECK(outcome_of(report, "journal").says == "a run is at work on main@001_accounts");
  CHECK(outcome_of(report, "drift").status == HealthStatus::ok);
}

TEST_CASE("an archive command that fails is found", "[health]") {
  faults::Server archiving({{"fsync", "on"}, {"autovacuum", "on"}, {"archive_mode", "on"}});
  HealthDatabase database(archiving);
  upgrade(database, accounts());
  const auto archive_with = [&](const std::string& command) {
    database.run("ALTER SYSTEM SET archive_command = '" + command + "'");
    database.run("SELECT pg_reload_conf()");
    eventually([&] { return database.ask("SELECT current_setting('archive_command')") == command; });
    database.run("CREATE TABLE noise (x int); DROP TABLE noise");
    database.run("SELECT pg_switch_wal()");
  };
  archive_with("true");
  eventually([&] { return database.ask("SELECT archived_count > 0 FROM pg_stat_archiver") == "t"; });
  CHECK(alarms(look_at(database, accounts())).empty());
  archive_with("false");
  eventually([&] { return found(database, {}, "archive", "WAL archive"); });
  // After three failures the server waits for a minute before it tries again.
  database.run("SELECT pg_stat_reset_shared('archiver')");
  eventually([&] { return outcome_of(look_at(database, accounts()), "archive").status == HealthStatus::ok; });
}

TEST_CASE("settings without which nothing is safe are named", "[health]") {
  faults::Server careless;  // fsync and autovacuum are off there
  HealthDatabase database(careless);
  upgrade(database, accounts());
  CHECK(alarms(look_at(database, accounts())) == "critical settings: setting autovacuum setting fsync");
}

}  // namespace dbmigrate::tests
