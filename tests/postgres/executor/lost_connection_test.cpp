// The server goes away in the middle.
// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <thread>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// COMMIT takes a second: the trigger waits until then.
constexpr std::string_view kSlowCommit = R"(
CREATE TABLE a (id int);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();
INSERT INTO a VALUES (1);
)";

void terminate_sleeper(TestDatabase& database) {
  for (int i = 0; i < 2'000; ++i) {
    if (database.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname ="
                     " current_database()") == "t") {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("nobody came to the COMMIT");
}

}  // namespace

TEST_CASE("of a COMMIT that was cut off it is said what became of it, and the run goes on", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", kSlowCommit, "DROP TABLE a; DROP FUNCTION slow();");
  RecordingObserver observer;
  auto run = std::async(std::launch::async, [&] { return upgrade(database, project, "head", &observer); });
  terminate_sleeper(database);
  CHECK(run.get().revisions.size() == 1);
  REQUIRE(observer.all<CommitResolved>().size() == 1);
  CHECK_FALSE(observer.all<CommitResolved>()[0].committed);
  CHECK(database.ask("SELECT id FROM a") == "1");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.history WHERE event = 'upgrade'") == "1");
}

TEST_CASE("a run that may not connect again ends with the loss", "[executor]") {
  TestDatabase database;
  Project project;
  project.migration("0001_a", kSlowCommit, "DROP TABLE a; DROP FUNCTION slow();");
  auto options = options_for(database);
  options.reconnect_for = Milliseconds{0};
  auto run = std::async(std::launch::async,
                        [&] { return error_of([&] { upgrade(database, project, "head", nullptr, &options); }); });
  terminate_sleeper(database);
  const auto error = run.get();
  CHECK(error.code == ErrorCode::cannot_connect);
  CHECK(error.message == "the connection was lost while main@0001_a was being committed");
  CHECK(upgrade(database, project).revisions.size() == 1);
}
