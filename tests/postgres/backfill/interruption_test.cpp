// Kills, other writers, pauses.
// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "core/clock.hpp"
#include "support.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// Calls `at` on every event, from the run's own thread.
class Watching : public Observer {
 public:
  explicit Watching(std::function<void(const Event&)> at) : at_(std::move(at)) {}
  void on(const Event& event) override { at_(event); }

 private:
  std::function<void(const Event&)> at_;
};

const std::string kSmallBatches =
    "      name: fill\n      table: t\n      key: id\n      where: done IS NULL\n      batch: {rows: [50, 50]}\n"
    "      sql: UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n";

/// The run in a process of its own, killed after `life` unless it ends before; true when it ended by itself, well.
bool run_and_kill(const TestDatabase& database, const Project& project, Milliseconds life) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      auto options = options_for(database);
      options.wait = Milliseconds{20'000};
      upgrade(database, project, "head", nullptr, &options);
      _exit(0);
    } catch (const std::exception&) {
      _exit(1);
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + life;
  int status = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("killed at random moments, each row is touched exactly once", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(20'000), kSmallBatches);
  upgrade(database, project, "0001");
  std::minstd_rand random{4711};
  int kills = 0;
  while (kills < 50) {
    const Milliseconds life{std::uniform_int_distribution<int>(20, 120)(random)};
    if (run_and_kill(database, project, life)) break;
    ++kills;
  }
  CAPTURE(kills);
  upgrade(database, project);
  CHECK(kills >= 10);
  CHECK(database.ask("SELECT count(*), min(hits), max(hits) FROM t") == "20000|1|1");
  CHECK(database.ask("SELECT state, migrated FROM dbmigrate.backfill") == "done|20000");
}

TEST_CASE("rows written behind the cursor and rows changed meanwhile are not missed", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000), kSmallBatches);
  int batches = 0;
  Watching observer([&](const Event& event) {
    if (!std::holds_alternative<BatchDone>(event) || ++batches % 10 != 0 || batches > 40) return;
    database.run("INSERT INTO t SELECT -" + std::to_string(batches) + " * 10 - g, g FROM generate_series(1, 5) g");
    database.run("UPDATE t SET v = v + 1, done = NULL WHERE id = " + std::to_string(batches));
  });
  upgrade(database, project, "head", &observer);
  CHECK(database.ask("SELECT count(*), count(*) FILTER (WHERE done IS DISTINCT FROM v) FROM t") == "2020|0");
  CHECK(database.ask("SELECT pass > 1 FROM dbmigrate.backfill") == "t");
}

TEST_CASE("a writer beside it sees and leaves consistent rows", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(5'000) + "CREATE TABLE copies (id int, v int);\n",
                 "      name: copy\n      table: t\n      key: id\n      where: done IS NULL\n"
                 "      batch: {rows: [100, 100]}\n"
                 "      sql: |\n        INSERT INTO copies SELECT t.id, t.v FROM t JOIN batch b ON t.id = b.id;\n"
                 "        UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n");
  upgrade(database, project, "0001");
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    const auto session = database.connect("writer");
    std::minstd_rand random{1};
    while (!stop) {
      // Writes what the backfill has not copied yet: afterwards the copy has to be the newer value.
      const int id = std::uniform_int_distribution<int>(1, 5'000)(random);
      session->run("UPDATE t SET v = v + 10000 WHERE done IS NULL AND id = " + std::to_string(id));
      ++writes;
    }
  });
  upgrade(database, project);
  stop = true;
  writer.join();
  CHECK(writes > 0);
  CHECK(database.ask("SELECT count(*), count(DISTINCT c.id), count(*) FILTER (WHERE c.v <> t.v) FROM copies c JOIN t"
                     " USING (id)") == "5000|5000|0");
}

TEST_CASE("a pause from another connection holds it within a batch, and resume lets it go", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000), kSmallBatches);
  int batches = 0;
  std::string reason;
  std::string held;
  Watching observer([&](const Event& event) {
    if (std::holds_alternative<BatchDone>(event) && ++batches == 5) {
      const auto other = database.connect("operator");
      const auto rows = BackfillRows(*other, "dbmigrate").all();
      other->run(BackfillRows(*other, "dbmigrate").pause_sql(rows.at(0).id));
    }
    if (const auto* paused = std::get_if<BackfillPaused>(&event)) {
      reason = paused->reason;
      held = database.ask("SELECT batches FROM dbmigrate.backfill");
      const auto other = database.connect("operator");
      const auto rows = BackfillRows(*other, "dbmigrate").all();
      other->run(BackfillRows(*other, "dbmigrate").resume_sql(rows.at(0).id));
    }
  });
  upgrade(database, project, "head", &observer);
  CHECK(held == "5");
  CHECK(reason.find("paused by ") == 0);
  CHECK(database.ask("SELECT min(hits), max(hits) FROM t") == "1|1");
}

TEST_CASE("a flag file and a throttle query hold it, and say so", "[backfill]") {
  TestDatabase database;
  Project project;
  const auto flag = project.directory().parent_path() / (project.directory().filename().string() + ".pause");
  std::ofstream(flag) << "";
  write_backfill(project, counted_table(100) + "CREATE TABLE busy AS SELECT 1 AS n;\n",
                 "      pause_when:\n        query: SELECT count(*) FROM busy\n        flag_file: " + flag.string() +
                     "\n" + kSmallBatches);
  std::vector<std::string> reasons;
  Watching observer([&](const Event& event) {
    const auto* paused = std::get_if<BackfillPaused>(&event);
    if (paused == nullptr) return;
    reasons.push_back(paused->reason);
    CHECK(database.ask("SELECT count(*) FROM t WHERE done IS NOT NULL") == "0");
    if (!std::filesystem::remove(flag)) database.run("DELETE FROM busy");
  });
  upgrade(database, project, "head", &observer);
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0] == "the flag file " + flag.string() + " exists");
  CHECK(reasons[1] == "the throttle query says 1");
  CHECK(database.ask("SELECT count(*) FROM t WHERE done IS NULL") == "0");
}

TEST_CASE("an unknown replication lag pauses", "[backfill]") {
  TestDatabase database;
  Project project;
  if (database.ask("SHOW wal_level") == "minimal" || database.ask("SHOW max_replication_slots") == "0") {
    WARN("this server keeps no replication slots");
    return;
  }
  const std::string slot = "s" + database.name();
  database.run("SELECT pg_create_physical_replication_slot('" + slot + "', true)");
  write_backfill(project, counted_table(100), "      pause_when: {replication_lag: 1s}\n" + kSmallBatches);
  std::string reason;
  Watching observer([&](const Event& event) {
    if (const auto* paused = std::get_if<BackfillPaused>(&event)) {
      reason = paused->reason;
      database.run("SELECT pg_drop_replication_slot('" + slot + "')");
    }
  });
  upgrade(database, project, "head", &observer);
  CHECK(reason.find("its lag is unknown") != std::string::npos);
}
