// The server of a project: shared, left, killed and started again.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/project_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "embedded/launch.hpp"
#include "embedded/server_user.hpp"
#include "harness.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::testing;
namespace fs = std::filesystem;

namespace {

/// A project below a scratch directory, whose server does not survive the test.
struct Project {
  Scratch scratch;
  Places places = places_in(scratch);
  fs::path directory = scratch.make("project");

  ProjectServer attach() const { return ProjectServer::attach(directory, binaries(), places); }
  ProjectServerStatus status() const { return project_server_status(directory, places); }
  StopResult stop(StopMode mode) const { return stop_project_server(directory, mode, places); }
  ~Project() {
    try {
      stop(StopMode::now);
    } catch (const Error& error) {
      WARN("the test's server was not stopped: " << error.what());
    }
  }
};

/// "in production" while the server runs, "shut down" after a clean end.
std::string cluster_state(const fs::path& data) {
  const auto result = run_program(binaries().directory / "pg_controldata", {"-D", data.string()}, user_of(geteuid()));
  const auto at = result.output.find("Database cluster state:");
  const auto value = result.output.find_first_not_of(' ', at + 23);
  return at == std::string::npos ? std::string() : result.output.substr(value, result.output.find('\n', at) - value);
}

/// A process that uses the server, and tells the postmaster's number.
void use_server(const Project& project, const Stage& stage) {
  const auto server = project.attach();
  stage.tell(fmt::format("{}", project.status().pid));
  stage.wait();
}

pid_t parent_of(pid_t pid) {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  const std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  return static_cast<pid_t>(std::stol(text.substr(text.rfind(')') + 4)));
}

}  // namespace

TEST_CASE("a project's data outlives the server", "[embedded]") {
  const Project project;
  CHECK_FALSE(project.status().exists);
  {
    const auto server = project.attach();
    query(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer");
    CHECK(query(server.url(), "SELECT current_database() || ' ' || current_user") == "app postgres");
    CHECK(query(server.url(), "SHOW fsync") == "on");
    CHECK(query(server.url(), "SHOW listen_addresses").empty());
    const auto status = project.status();
    CHECK(status.running);
    CHECK_FALSE(status.stays);
    CHECK(status.version == binaries().version);
    CHECK(status.socket_directory == server.socket_directory());
    CHECK(status.size_on_disk > 20'000'000);
    CHECK(is_alive(status.pid));
  }
  CHECK_FALSE(project.status().running);
  CHECK(project.status().exists);
  CHECK(cluster_state(project.status().data_directory) == "shut down");
  CHECK(query(project.attach().url(), "SELECT answer FROM kept") == "42");
  CHECK(read_file(project.directory / ".dbmigrate" / ".gitignore") == "*\n");
}

TEST_CASE("processes share one server, and the last to leave stops it", "[embedded]") {
  const Project project;
  const auto use = [&](const Stage& stage) { use_server(project, stage); };
  Child first(use);
  const auto pid = static_cast<pid_t>(std::stol(first.next_line()));
  Child second(use);
  CHECK(second.next_line() == fmt::format("{}", pid));
  first.let_go();  // it started the server, which stays for the second
  CHECK(is_alive(pid));
  CHECK(project.status().running);
  second.let_go();
  CHECK_FALSE(is_alive(pid));
  CHECK(cluster_state(project.status().data_directory) == "shut down");
}

TEST_CASE("many processes that come at once get one server", "[embedded]") {
  const Project project;
  std::vector<std::unique_ptr<Child>> children;
  for (int number = 0; number < 4; ++number) {
    children.push_back(std::make_unique<Child>([&](const Stage& stage) { use_server(project, stage); }));
  }
  const auto first = children.front()->next_line();
  for (std::size_t at = 1; at < children.size(); ++at) CHECK(children[at]->next_line() == first);
  children.clear();
  CHECK(eventually([&] { return !project.status().running; }));
}

TEST_CASE("a killed process does not leave the project's server behind", "[embedded]") {
  const Project project;
  const auto use = [&](const Stage& stage) { use_server(project, stage); };
  Child starter(use);
  const auto pid = static_cast<pid_t>(std::stol(starter.next_line()));

  SECTION("it was the only one: a clean stop") {
    starter.end_by(SIGKILL);
    CHECK(eventually([&] { return !project.status().running && !is_alive(pid); }));
    CHECK(cluster_state(project.status().data_directory) == "shut down");
  }
  SECTION("another one uses it: it stays until that is killed too") {
    Child other(use);
    other.next_line();
    starter.end_by(SIGKILL);
    const auto third = project.attach();
    CHECK(query(third.url(), "SELECT 1") == "1");
    CHECK(project.status().pid == pid);
    other.end_by(SIGKILL);
    CHECK(query(third.url(), "SELECT 2") == "2");
  }
}

TEST_CASE("the next process recovers from a crash", "[embedded]") {
  const Project project;
  auto server = std::make_unique<ProjectServer>(project.attach());
  query(server->url(), "CREATE TABLE committed AS SELECT 7 AS n");
  const auto pid = project.status().pid;

  SECTION("the server was killed") {
    kill(pid, SIGKILL);
    REQUIRE(eventually([&] { return !project.status().running; }));
  }
  SECTION("its supervisor was killed") {
    kill(parent_of(pid), SIGKILL);
    REQUIRE(eventually([&] { return !is_alive(pid); }));
  }
  SECTION("everything was killed, as in a power cut, and the number is another process's now") {
    kill(parent_of(pid), SIGKILL);
    kill(pid, SIGKILL);
    REQUIRE(eventually([&] { return !is_alive(pid); }));
    const auto process_file = project.status().data_directory / "postmaster.pid";
    auto text = fs::exists(process_file) ? read_file(process_file) : std::string("0\n/\n0\n5432\n/\n\n0 0\nready\n");
    text.replace(0, text.find('\n'), fmt::format("{}", getpid()));
    std::ofstream(process_file) << text;
  }
  const auto again = project.attach();
  CHECK(query(again.url(), "SELECT n FROM committed") == "7");
  CHECK(project.status().pid != pid);
}

TEST_CASE("a server that was started stays until it is stopped", "[embedded]") {
  const Project project;
  const auto started = start_project_server(project.directory, binaries(), project.places);
  CHECK(started.running);
  CHECK(started.stays);
  { const auto user = project.attach(); }
  CHECK(project.status().pid == started.pid);

  SECTION("unused: at once") {
    CHECK(project.stop(StopMode::when_unused) == StopResult::stopped);
    CHECK_FALSE(project.status().running);
    CHECK(cluster_state(started.data_directory) == "shut down");
    CHECK(project.stop(StopMode::when_unused) == StopResult::was_not_running);
  }
  SECTION("used: when the last one leaves") {
    auto user = std::make_unique<ProjectServer>(project.attach());
    CHECK(project.stop(StopMode::when_unused) == StopResult::still_used);
    CHECK(project.status().running);
    user.reset();
    CHECK_FALSE(project.status().running);
  }
  SECTION("used, and now") {
    const auto user = project.attach();
    CHECK(project.stop(StopMode::now) == StopResult::stopped);
    CHECK_FALSE(is_alive(started.pid));
  }
}

TEST_CASE("destroying a server removes its data, unless somebody uses it", "[embedded]") {
  const Project project;
  CHECK_FALSE(destroy_project_server(project.directory, project.places));
  {
    const auto user = project.attach();
    CHECK_THROWS_AS(destroy_project_server(project.directory, project.places), Error);
    CHECK(query(user.url(), "SELECT 1") == "1");
  }
  CHECK(destroy_project_server(project.directory, project.places));
  CHECK_FALSE(fs::exists(project.directory / ".dbmigrate"));
  CHECK(query(project.attach().url(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0");
}

TEST_CASE("data of another major version is refused with both versions", "[embedded]") {
  const Project project;
  { const auto server = project.attach(); }
  std::ofstream(project.status().data_directory / "PG_VERSION") << "12\n";
  try {
    project.attach();
    FAIL("it started");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::server_missing);
    CHECK(error.info().message ==
          fmt::format("this project's data is of PostgreSQL 12, and the server found is {}", binaries().version));
  }
}

TEST_CASE("a project with a long path has its socket elsewhere", "[embedded]") {
  Project project;
  project.directory = project.scratch.make(std::string(70, 'p')) / std::string(60, 'q');
  fs::create_directories(project.directory);
  fs::path sockets;
  {
    const auto server = project.attach();
    sockets = server.socket_directory();
    CHECK(query(server.url(), "SELECT 1") == "1");
    CHECK(sockets.parent_path() == "/tmp");
  }
  CHECK_FALSE(fs::exists(sockets));
}

TEST_CASE("a project that the server's user cannot reach keeps its data elsewhere", "[embedded]") {
  if (geteuid() != 0) return;  // the server's user is this one
  Project project;
  chmod(project.directory.c_str(), 0700);
  {
    const auto server = project.attach();
    query(server.url(), "CREATE TABLE here AS SELECT 5 AS n");
  }
  const auto data = project.status().data_directory;
  CHECK(data.parent_path().parent_path() == project.places.state);
  CHECK(read_file(project.directory / ".dbmigrate" / "location") == data.parent_path().string() + "\n");

  SECTION("the same one the next time") { CHECK(query(project.attach().url(), "SELECT n FROM here") == "5"); }
  SECTION("a moved project takes its data along") {
    const auto moved = project.scratch.path() / "moved";
    fs::rename(project.directory, moved);
    project.directory = moved;
    CHECK(query(project.attach().url(), "SELECT n FROM here") == "5");
  }
  SECTION("a copied project has none of them") {
    const auto copy = project.scratch.path() / "copy";
    fs::copy(project.directory, copy, fs::copy_options::recursive);
    chmod(copy.c_str(), 0700);
    const auto server = ProjectServer::attach(copy, binaries(), project.places);
    CHECK(query(server.url(), "SELECT count(*) FROM pg_tables WHERE tablename = 'here'") == "0");
    CHECK(project_server_status(copy, project.places).data_directory != data);
  }
  SECTION("destroyed with the project's mark") {
    CHECK(destroy_project_server(project.directory, project.places));
    CHECK_FALSE(fs::exists(data));
    CHECK_FALSE(fs::exists(project.directory / ".dbmigrate"));
  }
}

TEST_CASE("an ordinary user has a project server, and root respects whose it is", "[embedded]") {
  if (geteuid() != 0) return;  // then every other test is this one
  Project project;
  REQUIRE(chown(project.directory.c_str(), 65534, 65534) == 0);
  project.places.cache = project.scratch.make("mine") / "cache";
  Child child([&](const Stage& stage) { use_server(project, stage); }, Child::User::nobody);
  const auto number = child.next_line();
  CAPTURE(number);
  const auto pid = static_cast<pid_t>(std::stol(number));
  struct stat info {};
  REQUIRE(stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0);
  CHECK(info.st_uid == 65534);
  child.end_by(SIGKILL);
  REQUIRE(eventually([&] { return !is_alive(pid); }));

  REQUIRE(eventually([&] { return !project.status().running; }));
  const auto server = project.attach();
  REQUIRE(stat(fmt::format("/proc/{}", project.status().pid).c_str(), &info) == 0);
  CHECK(info.st_uid == 65534);
  CHECK(query(server.url(), "SELECT 1") == "1");
}

TEST_CASE("a project whose directory is removed under it does not keep its server", "[embedded]") {
  const Project project;
  auto server = std::make_unique<ProjectServer>(project.attach());
  const auto pid = project.status().pid;
  fs::remove_all(project.directory / ".dbmigrate");
  server.reset();
  CHECK(eventually([&] { return !is_alive(pid); }));
}
