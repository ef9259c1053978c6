// Health checks under every circumstance: few rights, a standby, a pooler, many tables, little time; never a write.
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "faults/pooler.hpp"
#include "standby.hpp"
#include "support.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

namespace dbmigrate::tests {
namespace {

/// Counts what is sent.
class Counting : public Session {
 public:
  explicit Counting(std::unique_ptr<Session> session) : session_(std::move(session)) {}
  std::vector<Result> run(std::string_view sql, std::string_view copy_data) override {
    ++messages;
    return session_->run(sql, copy_data);
  }
  Result query(std::string_view sql, const std::vector<Value>& parameters) override {
    ++messages;
    return session_->query(sql, parameters);
  }
  void parse(std::string_view statement) override { session_->parse(statement); }
  [[nodiscard]] TransactionStatus status() const override { return session_->status(); }
  [[nodiscard]] const ServerFacts& server() const override { return session_->server(); }
  void on_notice(std::function<void(const Notice&)> receiver) override { session_->on_notice(std::move(receiver)); }

  int messages = 0;

 private:
  std::unique_ptr<Session> session_;
};

/// Pairs of tables with a foreign key between them, a hundred tables a revision.
class Tables : public Project {
 public:
  explicit Tables(int count) {
    for (int first = 1; first <= count / 2; first += 50) {
      const int last = std::min(first + 49, count / 2);
      migration(
          fmt::format("{:03}_tables", first),
          fmt::format("DO $$ BEGIN FOR i IN {}..{} LOOP EXECUTE format('CREATE TABLE parent_%s (id serial PRIMARY"
                      " KEY, name text)', i); EXECUTE format('CREATE TABLE child_%s (id int PRIMARY KEY, p int"
                      " REFERENCES parent_%s)', i, i); EXECUTE format('CREATE INDEX ON child_%s (p)', i); END LOOP;"
                      " END $$;",
                      first, last),
          fmt::format("DO $$ BEGIN FOR i IN {}..{} LOOP EXECUTE format('DROP TABLE child_%s', i); EXECUTE"
                      " format('DROP TABLE parent_%s', i); END LOOP; END $$;",
                      first, last));
    }
    write_catalogs(*this);
  }
};

const Tables& few() {
  static const Tables one(10);
  return one;
}

}  // namespace

TEST_CASE("the number of messages does not depend on the number of tables", "[health]") {
  HealthDatabase small;
  upgrade(small, few());
  Counting on_few(small.connect("dbmigrate 00000000"));
  CHECK(alarms(look_at(on_few, few())).empty());

  const Tables many(1000);
  HealthDatabase large;
  upgrade(large, many);
  large.run("ANALYZE");
  Counting on_many(large.connect("dbmigrate 00000000"));
  const auto begin = std::chrono::steady_clock::now();
  const auto report = look_at(on_many, many);
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
  WARN(fmt::format("{} checks of 1,000 tables: {} messages, {} ms", report.checks.size(), on_many.messages,
                   took.count()));
  CHECK(alarms(report).empty());
  CHECK(on_many.messages == on_few.messages);
}

TEST_CASE("nothing is written", "[health]") {
  faults::Server quiet(
      {{"fsync", "on"}, {"autovacuum", "off"}, {"wal_level", "logical"}, {"bgwriter_lru_maxpages", "0"}});
  HealthDatabase database(quiet);
  upgrade(database, few());
  database.run("VACUUM ANALYZE");
  const auto wal = [&] { return database.ask("SELECT pg_current_wal_insert_lsn()"); };
  // The first look after a change may set hints on pages; then a checkpoint, and no standby snapshot is due.
  look_at(database, few());
  database.run("VACUUM");
  database.run("CHECKPOINT");
  std::string before;
  eventually([&] {
    before = wal();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return wal() == before;
  });
  const auto report = look_at(database, few(), {.limits = {{"settings", "off", "off"}}});
  CHECK(wal() == before);
  CHECK(outcome_of(report, "version").status == HealthStatus::ok);
}

TEST_CASE("every question is asked in one read-only transaction", "[health]") {
  HealthDatabase database;
  upgrade(database, few());
  // Whatever wrote would fail: and nothing does, though the role may write.
  const auto session = database.connect("dbmigrate 00000000");
  const auto report = look_at(*session, few());
  CHECK(session->status() == TransactionStatus::idle);
  for (const auto& one : report.checks) {
    INFO(one.chosen.check->id << ": " << one.says);
    CHECK(one.status != HealthStatus::unknown);
  }
}

TEST_CASE("a role without rights is told what it lacks, check by check", "[health]") {
  HealthDatabase database;
  upgrade(database, few());
  database.run(
      "DROP ROLE IF EXISTS outsider; CREATE ROLE outsider LOGIN; DROP ROLE IF EXISTS watcher; CREATE ROLE watcher "
      "LOGIN;"
      "GRANT pg_monitor TO watcher");
  SECTION("nothing at all") {
    const auto session = database.connect("app", "outsider");
    const auto report = look_at(*session, few());
    CHECK(status_of(report) == HealthStatus::unknown);
    CHECK(outcome_of(report, "long_xact").status == HealthStatus::unknown);
    CHECK(outcome_of(report, "long_xact").fix == "GRANT pg_monitor TO outsider;");
    CHECK(outcome_of(report, "version").status == HealthStatus::unknown);
    CHECK(outcome_of(report, "version").fix ==
          "GRANT USAGE ON SCHEMA \"dbmigrate\" TO outsider; GRANT SELECT ON ALL TABLES IN SCHEMA \"dbmigrate\" TO "
          "outsider;");
    for (const std::string check :
         {"not_valid", "disabled_trigger", "wraparound", "connections", "settings", "no_pk"}) {
      INFO(check);
      CHECK(outcome_of(report, check).status == HealthStatus::ok);
    }
  }
  SECTION("pg_monitor alone sees the server") {
    const auto session = database.connect("app", "watcher");
    const auto report = look_at(*session, few());
    for (const std::string check : {"long_xact", "idle_xact", "blocked", "lag", "archive", "orphan_runner", "disk"}) {
      INFO(check << ": " << outcome_of(report, check).says);
      CHECK(outcome_of(report, check).status == HealthStatus::ok);
    }
    CHECK(outcome_of(report, "version").status == HealthStatus::unknown);
  }
  SECTION("pg_monitor, the version tables and the sequences see everything") {
    database.run(
        "GRANT USAGE ON SCHEMA dbmigrate TO watcher; GRANT SELECT ON ALL TABLES IN SCHEMA dbmigrate TO watcher;"
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO watcher");
    const auto session = database.connect("app", "watcher");
    CHECK(alarms(look_at(*session, few())).empty());
  }
}

TEST_CASE("a table that somebody has locked keeps nobody waiting", "[health]") {
  HealthDatabase database;
  upgrade(database, few());
  const auto holder = database.connect("dbmigrate 12345678");
  holder->run("BEGIN; LOCK TABLE child_1, parent_1 IN ACCESS EXCLUSIVE MODE");
  const auto begin = std::chrono::steady_clock::now();
  const auto report = look_at(database, few());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  INFO(alarms(report));
  // What cannot be read meanwhile is not known; nothing else is the worse for it.
  CHECK(outcome_of(report, "version").status == HealthStatus::ok);
  CHECK(outcome_of(report, "disabled_trigger").status == HealthStatus::ok);
  CHECK(alarms(report).find("warning ") == std::string::npos);
  CHECK(report.count(HealthStatus::critical) == 0);
  const auto& tables = outcome_of(report, "tables");
  if (tables.status == HealthStatus::unknown) CHECK(tables.fix.find("pg_locks") != std::string::npos);
}

TEST_CASE("what is not reached in time is unknown, and the rest is told", "[health]") {
  HealthDatabase database;
  upgrade(database, few());
  SECTION("no time at all") {
    const auto report =
        look_at(database, few(), {.bounds = {.until = std::chrono::steady_clock::now() - std::chrono::seconds(1)}});
    CHECK(report.status == HealthStatus::unknown);
    CHECK(report.count(HealthStatus::unknown) == report.checks.size());
    CHECK(report.checks.front().says == "not reached in time");
  }
  SECTION("a check of the user's that sleeps") {
    Project project;
    project.write("001_slow.yaml",
                  "up: {sql: CREATE TABLE slow (id int PRIMARY KEY)}\ndown: {sql: DROP TABLE slow}\n"
                  "checks: [{name: sleeps, sql: SELECT pg_sleep(30), expect: empty}]\n");
    write_catalogs(project);
    HealthDatabase other;
    upgrade(other, project);
    const auto report = look_at(other, project, {.bounds = {.statement_timeout = Milliseconds{200}}});
    CHECK(alarms(report) == "unknown data_checks: check main@001_slow: sleeps");
    CHECK(report.took < Milliseconds{5000});
  }
}

TEST_CASE("a server that takes a connection and never answers is given up in time", "[health]") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(listener, generic, size) == 0);
  REQUIRE(listen(listener, 5) == 0);
  REQUIRE(getsockname(listener, generic, &size) == 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto error = error_of([&] {
    static_cast<void>(dbmigrate::connect(
        {.conninfo = fmt::format("host=127.0.0.1 port={} dbname=x user=x sslmode=disable gssencmode=disable",
                                 ntohs(address.sin_port)),
         .application_name = "test",
         .until = begin + std::chrono::milliseconds(500)}));
  });
  CHECK(error.code == ErrorCode::cannot_connect);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  close(listener);
}

TEST_CASE("an answer that does not come is given up in time", "[health]") {
  const HealthDatabase database;
  const auto begin = std::chrono::steady_clock::now();
  const auto session = dbmigrate::connect(
      {.conninfo = database.url(), .application_name = "test", .until = begin + std::chrono::milliseconds(700)});
  CHECK_THROWS_AS(session->query("SELECT pg_sleep($1)", {"30"}), ServerError);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("behind a transaction pooler the result is the same", "[health]") {
  const auto program = faults::find_pgbouncer();
  if (program.empty()) {
    WARN("skipped: PgBouncer is not installed");
    return;
  }
  HealthDatabase database;
  upgrade(database, few());
  const faults::Pooler pooler(health_server(), program);
  const auto session =
      dbmigrate::connect({.conninfo = faults::url_at(pooler.folder(), "5432", database.name(), "postgres"),
                          .application_name = "dbmigrate 00000000"});
  CHECK(session->server().pooled);
  CHECK(alarms(look_at(*session, few())).empty());
  // Nothing of ours stays on the server's connection.
  CHECK(session->query("SHOW statement_timeout").text(0, 0) == "0");
  CHECK(session->query("SHOW search_path").text(0, 0) == "\"$user\", public");
}

TEST_CASE("a standby is looked at as what it is", "[health]") {
  Standby pair;
  HealthDatabase database(pair.primary());
  upgrade(database, few());
  database.run("VACUUM ANALYZE");
  pair.start_standby();
  database.reconnect();
  const auto on_standby = [&](const Looking& looking = {}) {
    const auto session =
        dbmigrate::connect({.conninfo = pair.standby_url(database.name()), .application_name = "dbmigrate 00000000"});
    REQUIRE(session->server().in_recovery);
    return look_at(*session, few(), looking);
  };
  const auto becomes = [&](const std::string& wanted, const Looking& looking) {
    std::string seen;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    do {
      seen = alarms(on_standby(looking));
    } while (seen != wanted && std::chrono::steady_clock::now() < deadline);
    CHECK(seen == wanted);
  };
  const Looking quiet{.limits = {{"settings", "off", "off"}, {"slots", "off", "off"}}};
  becomes("", quiet);

  SECTION("a replay that is paused, and the lag behind it") {
    const auto session = dbmigrate::connect({.conninfo = pair.standby_url("postgres"), .application_name = "test"});
    session->run("SELECT pg_wal_replay_pause()");
    database.run("INSERT INTO parent_1 (name) SELECT 'x' FROM generate_series(1, 1000)");
    auto impatient = quiet;
    impatient.limits.push_back({"lag", "100ms", "off"});
    becomes("warning lag: this standby\nwarning recovery: this standby", impatient);
    // The primary sees it as well.
    eventually([&] {
      const auto report = look_at(database, few(), impatient);
      const auto& lag = outcome_of(report, "lag");
      return lag.status == HealthStatus::warning && lag.findings.front().object == "standby standby";
    });
    session->run("SELECT pg_wal_replay_resume()");
    becomes("", quiet);
  }
  SECTION("a primary that is gone") {
    pair.primary().kill_at_once();
    becomes("critical wal_receiver: this standby", quiet);
    pair.primary().start();
    becomes("", quiet);
  }
}

}  // namespace dbmigrate::tests
