// What a story's commands see of the world.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/sandbox.hpp"

#include <stdlib.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

const Stage kStage{.program = "/opt/here/dbmigrate", .project = "/opt/project"};

/// Not when it only waits for somebody to take note of its end, which in a container nobody may do.
bool runs(const std::string& process) {
  std::ifstream stat("/proc/" + process + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  return !text.empty() && text.find(") Z ") == std::string::npos;
}

TEST_CASE("a command's output is what was written, in its order, and its status", "[transcripts]") {
  Sandbox sandbox(kStage, "postgresql://somewhere");
  const CommandResult result = sandbox.run("echo one; echo two >&2; echo three; exit 3");

  CHECK(result.output == "one\ntwo\nthree\n");
  CHECK(result.status == 3);
}

TEST_CASE("a command that a signal ends has the status that a shell would give", "[transcripts]") {
  Sandbox sandbox(kStage, "postgresql://somewhere");
  CHECK(sandbox.run("kill -9 $$").status == 137);
}

TEST_CASE("commands find the story's files and each other's", "[transcripts]") {
  Sandbox sandbox(kStage, "postgresql://somewhere");
  sandbox.write({.path = "a/b.txt", .content = "hello\n"});

  CHECK(sandbox.run("cp a/b.txt c.txt").status == 0);
  CHECK(sandbox.run("cat c.txt").output == "hello\n");
}

TEST_CASE("commands see nothing of the caller's environment but the path", "[transcripts]") {
  setenv("DBMIGRATE_URL", "postgresql://production", 1);
  setenv("PGHOST", "production", 1);
  Sandbox sandbox(kStage, "postgresql://somewhere");
  unsetenv("DBMIGRATE_URL");
  unsetenv("PGHOST");

  CHECK(sandbox.run("echo $DBMIGRATE_URL$PGHOST,$DATABASE_URL,$PROJECT").output ==
        ",postgresql://somewhere,/opt/project\n");
  CHECK(sandbox.run("echo $PATH | cut -d: -f2").output == "/opt/here\n");
}

TEST_CASE("what a command leaves running ends with the story", "[transcripts]") {
  std::string left;
  {
    Sandbox sandbox(kStage, "postgresql://somewhere");
    left = sandbox.run("sleep 600 & printf %s $!").output;
    CHECK(runs(left));
  }
  for (int i = 0; i < 500 && runs(left); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(runs(left));
}

}  // namespace
}  // namespace dbmigrate
