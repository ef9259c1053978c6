// Statements and locks that take too long, and a program that stands still.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "limits/lab.hpp"
#include "postgres/session.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

void wait_until(const std::string& url, const std::string& query) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ask(url, query) != "t") {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("never: " + query);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

TEST_CASE("a statement over its time: nothing of the revision remains, and with more time it goes through",
          "[timeouts]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  REQUIRE(lab.run({"upgrade"}).exit == 0);
  const auto before = picture(lab.url);
  lab.migration("002_slow", effect("002") + "SELECT pg_sleep(0.5);\n");
  const auto failed = lab.run({"upgrade", "--statement-timeout", "100ms"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit == 1);
  CHECK(failed.error("code") == "migration_failed");
  CHECK(failed.error("sqlstate") == "57014");
  CHECK(failed.hints("statement_timeout"));
  CHECK(failed.document["error"]["line"] == 2);
  CHECK(difference_from(before, lab.url) == "");
  CHECK(lab.run({"upgrade", "--statement-timeout", "1min"}).exit == 0);
  CHECK(ask(lab.url, "SELECT count(*) FROM effects.effects") == "1");
}

TEST_CASE("a statement over its time outside a transaction: what is done stands, and the next run goes on",
          "[timeouts]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_steps", "-- dbmigrate: transaction=none\n" + effect("one") + effect("two") +
                                 "SELECT pg_sleep(0.5);\n" + effect("three"));
  const auto failed = lab.run({"upgrade", "--statement-timeout", "100ms"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit == 9);
  CHECK(failed.error("code") == "part_way");
  CHECK(failed.error("sqlstate") == "57014");
  CHECK(lab.run({"upgrade"}).exit == 0);
  CHECK(ask(lab.url, "SELECT count(*), count(DISTINCT what) FROM effects.effects") == "3|3");
}

TEST_CASE("a lock that is not to be had: who holds it is named, and the next run gets it", "[timeouts]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  REQUIRE(lab.run({"upgrade"}).exit == 0);
  const auto before = picture(lab.url);
  lab.migration("002_column", effect("002") + "ALTER TABLE t ADD COLUMN x int;\n");
  auto blocker = connect({.conninfo = lab.url, .application_name = "a report"});
  blocker->run("BEGIN; SELECT count(*) FROM t");
  const auto failed = lab.run({"upgrade", "--lock-timeout", "200ms", "--lock-retry-for", "1s"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit == 5);
  CHECK(failed.error("code") == "lock_timeout");
  CHECK(failed.error("sqlstate") == "55P03");
  CHECK(failed.error("detail").find(fmt::format("pid {} (a report", blocker->server().backend_pid)) !=
        std::string::npos);
  CHECK(failed.error("detail").find("idle in transaction") != std::string::npos);
  CHECK(failed.hints("--lock-retry-for"));
  CHECK(difference_from(before, lab.url) == "");
  blocker.reset();
  CHECK(lab.run({"upgrade"}).exit == 0);
  CHECK(ask(lab.url, "SELECT count(*) FROM effects.effects") == "1");
}

TEST_CASE("a run that stands still is ended by the server, another does its work, and it finds that out",
          "[timeouts]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_slow", "CREATE TABLE t (id int);\n" + effect("001") + "SELECT pg_sleep(0.5);\n");
  lab.migration("002_more", "CREATE TABLE more (id int);\n" + effect("002"));
  const auto still = lab.start({"upgrade", "--idle-timeout", "1s"});
  wait_until(lab.url,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event ="
             " 'PgSleep')");
  still->signal(SIGSTOP);
  Lab other(lab.url);
  other.migration("001_slow", "CREATE TABLE t (id int);\n" + effect("001") + "SELECT pg_sleep(0.5);\n");
  other.migration("002_more", "CREATE TABLE more (id int);\n" + effect("002"));
  const auto done = other.run({"upgrade", "--wait", "1min"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
  CHECK(done.revisions() == "main@001_slow applied, main@002_more applied");
  still->signal(SIGCONT);
  const auto late = lab.finish(*still);
  INFO(late.out << late.err);
  // Its lock's connection was ended, too: it may find that first.
  CHECK((late.exit == 0 || late.exit == 5));
  CHECK(late.revisions() == "");
  CHECK(ask(lab.url, "SELECT count(*), count(DISTINCT what) FROM effects.effects") == "2|2");
  CHECK(lab.run({"upgrade"}).exit == 0);
}
