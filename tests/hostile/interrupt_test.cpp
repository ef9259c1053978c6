// Whoever waits can be told to stop, also where the program only asks.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "core/json.hpp"
#include "faults/child.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("a command that waits for a locked version table ends when it is told to", "[hostile]") {
  using namespace std::chrono_literals;
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  REQUIRE(project.run({"upgrade"}).status == 0);
  const auto blocker = project.database.connect();
  blocker->run("BEGIN; LOCK TABLE dbmigrate.version IN ACCESS EXCLUSIVE MODE");
  const auto waits = [&] {
    return project.database.ask(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
               " current_database()") != "0";
  };
  for (const auto& [command, number] :
       std::vector<std::pair<std::string, int>>{{"status", SIGTERM}, {"current", SIGINT}, {"upgrade", SIGTERM}}) {
    CAPTURE(command);
    faults::Child child({DBMIGRATE_PROGRAM, command, "--dir", (project.folder() / "migrations").string(), "--url",
                         project.database.url()});
    for (int look = 0; look < 500 && !waits(); ++look) std::this_thread::sleep_for(20ms);
    REQUIRE(waits());
    child.signal(number);
    for (int look = 0; look < 500 && !child.over(); ++look) std::this_thread::sleep_for(20ms);
    REQUIRE(child.over());
    CHECK(child.wait() == 128 + number);
  }
}
