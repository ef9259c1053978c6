// Temporary servers, started, used and killed.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/temporary_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>

#include "core/error.hpp"
#include "embedded/server_user.hpp"
#include "embedded/tree.hpp"
#include "harness.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::testing;
namespace fs = std::filesystem;

namespace {

TemporaryServerOptions options_in(const Scratch& scratch) {
  return {.cluster = {}, .settings = {}, .size = ExpectedSize::small, .places = places_in(scratch)};
}

ErrorInfo failure_of(const ServerBinaries& with, const TemporaryServerOptions& options) {
  try {
    const TemporaryServer server(with, options);
  } catch (const Error& error) {
    return error.info();
  }
  return {};
}

/// A process with a server, that tells the postmaster's number and the directory.
void hold_server(const Stage& stage, const TemporaryServerOptions& options) {
  const TemporaryServer server(binaries(), options);
  stage.tell(fmt::format("{}", server.pid()));
  stage.tell(server.directory().string());
  stage.tell(server.url());
  stage.wait();
}

}  // namespace

TEST_CASE("a temporary server answers, has the extensions, and is gone with its scope", "[embedded]") {
  const Scratch scratch;
  pid_t pid = 0;
  fs::path directory;
  {
    const TemporaryServer server(binaries(), options_in(scratch));
    pid = server.pid();
    directory = server.directory();
    query(server.url(), "CREATE DATABASE other");
    query(server.url("other"), "CREATE EXTENSION pgcrypto");
    CHECK(query(server.url("other"), "SELECT length(gen_random_bytes(7))") == "7");
    CHECK(query(server.url(), "SHOW listen_addresses").empty());
    CHECK(query(server.url(), "SELECT current_user") == "postgres");
    CHECK(query(server.url(), "SHOW server_encoding") == "UTF8");
    struct stat info {};
    REQUIRE(lstat(directory.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0700);
    CHECK(info.st_uid == server_user().uid);
    REQUIRE(is_alive(pid));
  }
  CHECK_FALSE(is_alive(pid));
  CHECK_FALSE(fs::exists(directory));
}

TEST_CASE("settings given win over those for speed and never open the server", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  options.settings = {{"wal_level", "replica"}, {"max_connections", "55"}, {"listen_addresses", "*"}};
  const TemporaryServer server(binaries(), options);
  CHECK(query(server.url(), "SHOW wal_level") == "replica");
  CHECK(query(server.url(), "SHOW max_connections") == "55");
  CHECK(query(server.url(), "SHOW listen_addresses").empty());
}

TEST_CASE("nothing is left of a temporary server whose process was ended", "[embedded]") {
  const Scratch scratch;
  const auto options = options_in(scratch);
  const int signal = GENERATE(SIGKILL, SIGTERM, SIGHUP);
  Child child([&](const Stage& stage) { hold_server(stage, options); });
  const std::string number = child.next_line();
  const fs::path directory = child.next_line();
  CAPTURE(number);
  const auto pid = static_cast<pid_t>(std::stol(number));
  REQUIRE(is_alive(pid));
  child.end_by(signal);
  CHECK(eventually([&] { return !is_alive(pid) && !fs::exists(directory); }));
}

TEST_CASE("a statement that is running does not keep a server alive", "[embedded]") {
  const Scratch scratch;
  const auto options = options_in(scratch);
  Child child([&](const Stage& stage) { hold_server(stage, options); });
  const auto pid = static_cast<pid_t>(std::stol(child.next_line()));
  const fs::path directory = child.next_line();
  const std::string url = child.next_line();
  Child client([&](const Stage&) { query(url, "DO $$ BEGIN LOOP NULL; END LOOP; END $$"); });
  REQUIRE(
      eventually([&] { return query(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO%'") == "1"; }));
  child.end_by(SIGKILL);
  CHECK(eventually([&] { return !is_alive(pid) && !fs::exists(directory); }));
}

TEST_CASE("a killed guard takes the server along, and the next run removes the directory", "[embedded]") {
  const Scratch scratch;
  const auto options = options_in(scratch);
  Child child([&](const Stage& stage) {
    const TemporaryServer server(binaries(), options);
    stage.tell(server.directory().string());
    // The guard is the postmaster's parent: the fourth field of its stat line.
    std::ifstream stat(fmt::format("/proc/{}/stat", server.pid()));
    std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
    const auto guard = static_cast<pid_t>(std::stol(text.substr(text.rfind(')') + 4)));
    stage.tell(fmt::format("{}", server.pid()));
    kill(guard, SIGKILL);
    stage.wait();
  });
  const fs::path directory = child.next_line();
  const auto pid = static_cast<pid_t>(std::stol(child.next_line()));
  CHECK(eventually([&] { return !is_alive(pid); }));
  child.end_by(SIGKILL);
  REQUIRE(fs::exists(directory));
  const TemporaryServer next(binaries(), options);
  CHECK_FALSE(fs::exists(directory));
  CHECK(fs::exists(next.directory()));
}

TEST_CASE("two servers of one process are apart from each other", "[embedded]") {
  const Scratch scratch;
  const auto options = options_in(scratch);
  auto first = std::make_unique<TemporaryServer>(binaries(), options);
  const TemporaryServer second(binaries(), options);
  query(first->url(), "CREATE DATABASE only_here");
  CHECK(query(second.url(), "SELECT count(*) FROM pg_database WHERE datname = 'only_here'") == "0");
  const auto pid = first->pid();
  first.reset();
  CHECK_FALSE(is_alive(pid));
  CHECK(query(second.url(), "SELECT 1") == "1");
}

TEST_CASE("a long temporary directory does not matter", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  options.places.temporary = scratch.make(std::string(60, 'a') + "/" + std::string(60, 'b'));
  chmod((scratch.path() / std::string(60, 'a')).c_str(), 0755);
  fs::path sockets;
  {
    const TemporaryServer server(binaries(), options);
    CHECK(query(server.url(), "SELECT 1") == "1");
    CHECK(server.directory().string().size() > 107);
    sockets = server.socket_directory();
    CHECK(sockets.string().size() < 90);
  }
  CHECK_FALSE(fs::exists(sockets));
  CHECK(fs::is_empty(options.places.temporary));
}

TEST_CASE("the second server is copied from the template of the first", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  options.places.cache = scratch.path() / "cache";
  CHECK(TemporaryServer(binaries(), options).origin() == ClusterOrigin::new_template);
  const auto place = template_directory(binaries(), options.cluster, server_user(), options.places.cache);
  struct stat before {};
  REQUIRE(lstat((place / "PG_VERSION").c_str(), &before) == 0);
  CHECK(TemporaryServer(binaries(), options).origin() == ClusterOrigin::cached_template);
  struct stat after {};
  REQUIRE(lstat((place / "PG_VERSION").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);

  SECTION("other options make another template") {
    options.cluster.encoding = "SQL_ASCII";
    const TemporaryServer server(binaries(), options);
    CHECK(server.origin() == ClusterOrigin::new_template);
    CHECK(query(server.url(), "SHOW server_encoding") == "SQL_ASCII");
  }
  SECTION("a template that others may write to is not trusted") {
    chmod(place.c_str(), 0777);
    CHECK(TemporaryServer(binaries(), options).origin() == ClusterOrigin::new_template);
  }
}

TEST_CASE("several first runs at once make one template", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  options.places.cache = scratch.make("shared") / "cache";
  std::vector<std::unique_ptr<Child>> children;
  for (int number = 0; number < 3; ++number) {
    children.push_back(std::make_unique<Child>([&](const Stage& stage) {
      const TemporaryServer server(binaries(), options);
      stage.tell(query(server.url(), "SELECT 1") +
                 (server.origin() == ClusterOrigin::new_template ? " made" : " copied"));
      stage.wait();
    }));
  }
  int made = 0;
  for (auto& child : children) {
    const auto line = child->next_line();
    CHECK((line == "1 made" || line == "1 copied"));
    if (line == "1 made") ++made;
  }
  CHECK(made == 1);
  CHECK(count_entries(options.places.cache, "cluster-") == 2);  // the template and its lock
}

TEST_CASE("without a place for templates initdb runs each time", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  SECTION("none is wanted") { options.places.cache.clear(); }
  SECTION("the place is a file") {
    options.places.cache = scratch.path() / "file";
    std::ofstream(options.places.cache) << "in the way";
  }
  const TemporaryServer server(binaries(), options);
  CHECK(server.origin() == ClusterOrigin::initdb);
  CHECK(query(server.url(), "SELECT 1") == "1");
}

TEST_CASE("an ordinary user needs nothing but the binaries", "[embedded]") {
  if (geteuid() != 0) return;  // then every other test is this one
  const Scratch scratch;
  const auto mine = scratch.make("mine");
  REQUIRE(chown(mine.c_str(), 65534, 65534) == 0);
  const TemporaryServerOptions options{
      .cluster = {},
      .settings = {},
      .size = ExpectedSize::small,
      .places = {.temporary = mine, .memory = {}, .cache = mine / "cache", .state = {}}};
  Child child([&](const Stage& stage) { hold_server(stage, options); }, Child::User::nobody);
  const std::string number = child.next_line();
  CAPTURE(number);
  const auto pid = static_cast<pid_t>(std::stol(number));
  const fs::path directory = child.next_line();
  CHECK(user_of(65534).uid == [&] {
    struct stat info {};
    return lstat(directory.c_str(), &info) == 0 ? info.st_uid : 0;
  }());
  child.end_by(SIGKILL);
  CHECK(eventually([&] { return !is_alive(pid) && !fs::exists(directory); }));
}

TEST_CASE("a user without an entry starts from a template, and initdb's refusal is explained", "[embedded]") {
  if (geteuid() != 0) return;  // only root can become such a user
  constexpr uid_t kNameless = 54321;
  const Scratch scratch;
  const auto mine = scratch.make("mine");
  const TemporaryServerOptions options{
      .cluster = {},
      .settings = {},
      .size = ExpectedSize::small,
      .places = {.temporary = mine, .memory = {}, .cache = mine / "cache", .state = {}}};
  const auto as_nameless = [&](const Stage& stage) {
    if (!become_user(kNameless, kNameless)) throw std::runtime_error("cannot become that user");
    hold_server(stage, options);
  };
  SECTION("no template") {
    Child child(as_nameless);
    CHECK(child.next_line().starts_with("failed: initdb could not make a cluster: "));
  }
  SECTION("a template that somebody made for it") {
    ServerUser nameless{.uid = kNameless, .gid = kNameless, .name = "54321", .switches = true};
    fs::create_directories(options.places.cache);
    REQUIRE(chown(options.places.cache.c_str(), kNameless, kNameless) == 0);
    const auto place = template_directory(binaries(), options.cluster, nameless, options.places.cache);
    const auto other = scratch.path() / "other";
    REQUIRE(mkdir(other.c_str(), 0700) == 0);
    REQUIRE(chown(other.c_str(), server_user().uid, server_user().gid) == 0);
    create_cluster(binaries(), options.cluster, server_user(), {}, other / "data");
    copy_tree(other / "data", place, nameless);
    Child child(as_nameless);
    const auto pid = child.next_line();
    CAPTURE(pid);
    CHECK(is_alive(static_cast<pid_t>(std::stol(pid))));
  }
}

TEST_CASE("root's own temporary directory is no place for the server's user, so /tmp is", "[embedded]") {
  if (geteuid() != 0) return;  // there is one user only
  const Scratch scratch;
  auto options = options_in(scratch);
  options.places.temporary = scratch.path() / "private" / "tmp";
  fs::create_directories(options.places.temporary);
  chmod((scratch.path() / "private").c_str(), 0700);
  const TemporaryServer server(binaries(), options);
  CHECK(server.directory().parent_path() == "/tmp");
  CHECK(query(server.url(), "SELECT 1") == "1");
}

TEST_CASE("a small server lies in memory, a large one on disk", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  options.places.memory = scratch.make("memory");
  CHECK(TemporaryServer(binaries(), options).directory().parent_path() == options.places.memory);
  options.size = ExpectedSize::large;
  CHECK(TemporaryServer(binaries(), options).directory().parent_path() == options.places.temporary);
}

TEST_CASE("a server that does not start says why", "[embedded]") {
  const Scratch scratch;
  auto options = options_in(scratch);
  SECTION("a setting it does not accept: the log's last lines") {
    options.settings = {{"shared_buffers", "nonsense"}};
    const auto info = failure_of(binaries(), options);
    CHECK(info.code == ErrorCode::cannot_connect);
    CHECK(info.message == "the embedded server did not start");
    CHECK(info.detail.find("invalid value for parameter \"shared_buffers\"") != std::string::npos);
  }
  SECTION("binaries that the user cannot reach: who cannot") {
    if (geteuid() != 0) return;
    const auto hidden = scratch.path() / "hidden";
    fs::create_directories(hidden / "bin");
    for (const char* name : {"postgres", "initdb"}) {
      fs::create_symlink(binaries().directory / name, hidden / "bin" / name);
    }
    chmod(hidden.c_str(), 0700);
    auto unreachable = binaries();
    unreachable.directory = hidden / "bin";
    const auto info = failure_of(unreachable, options);
    CHECK(info.code == ErrorCode::server_missing);
    CHECK(info.message.starts_with("user " + server_user().name + " cannot run "));
    CHECK(info.detail == "The system says: Permission denied.");
  }
  CHECK(count_entries(options.places.temporary, "dbmigrate-pg-") == 0);
}

TEST_CASE("broken binaries are refused with what is wrong", "[embedded]") {
  const Scratch scratch;
  const auto code_of = [](const fs::path& directory) {
    try {
      find_server_binaries(directory);
    } catch (const Error& error) {
      return std::string(name_of(error.code())) + ": " + error.info().detail;
    }
    return std::string();
  };
  const auto directory = scratch.make("bin");
  CHECK(code_of(directory) == fmt::format("server_missing: {} has no postgres.", directory.string()));
  std::ofstream(directory / "postgres") << "#!/bin/sh\necho broken\n";
  std::ofstream(directory / "initdb") << "#!/bin/sh\n";
  CHECK(code_of(directory) == fmt::format("server_missing: {0}/postgres cannot be run.", directory.string()));
  for (const char* name : {"postgres", "initdb"}) chmod((directory / name).c_str(), 0755);
  CHECK(code_of(directory) ==
        fmt::format("server_missing: {}/postgres --version says \"broken\".", directory.string()));
  std::ofstream(directory / "postgres") << "#!/bin/sh\necho 'postgres (PostgreSQL) 12.4'\n";
  CHECK(code_of(directory).starts_with("server_unsupported: "));
  CHECK(find_server_binaries(binaries().directory).version == binaries().version);
  CHECK(find_server_binaries(binaries().directory.parent_path()).directory == binaries().directory);
}
