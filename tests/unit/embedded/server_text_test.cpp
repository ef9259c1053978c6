// What servers, distributions and URLs look like as text.
// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "embedded/launch.hpp"
#include "embedded/server_binaries.hpp"
#include "embedded/server_log.hpp"
#include "embedded/template_cluster.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
namespace fs = std::filesystem;

TEST_CASE("a server's version is read from what it prints", "[embedded]") {
  const auto debian = parse_server_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n");
  CHECK(debian.version == "15.20 (Debian 15.20-0+deb12u1)");
  CHECK(debian.major == 15);
  CHECK(parse_server_version("postgres (PostgreSQL) 18beta1\n").major == 18);
  CHECK(parse_server_version("postgres (PostgreSQL) 9.6.24\n").major == 9);
  CHECK(parse_server_version("sh: not found\n").major == 0);
  CHECK(parse_server_version("").major == 0);
}

TEST_CASE("the newest server comes first, by number", "[embedded]") {
  std::vector<fs::path> directories{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/13/bin", "/usr/pgsql-17/bin",
                                    "/usr/lib/postgresql/15/bin"};
  sort_newest_first(directories);
  CHECK(directories == std::vector<fs::path>{"/usr/pgsql-17/bin", "/usr/lib/postgresql/15/bin",
                                             "/usr/lib/postgresql/13/bin", "/usr/lib/postgresql/9.6/bin"});
}

TEST_CASE("the package to install is the distribution's", "[embedded]") {
  CHECK(install_hint("NAME=x\nID=debian\n").starts_with("Run `apt-get install postgresql`"));
  CHECK(install_hint("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n").starts_with("Run `apt-get install postgresql`"));
  CHECK(
      install_hint("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n").starts_with("Run `dnf install postgresql-server"));
  CHECK(install_hint("ID=alpine").starts_with("Run `apk add postgresql"));
  CHECK(install_hint("ID=arch\n").starts_with("Run `pacman -S postgresql`"));
  CHECK(install_hint("ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\n").starts_with("Run `zypper install"));
  CHECK(install_hint("").starts_with("Install the PostgreSQL server package"));
}

TEST_CASE("a server's process file is read, also while it is written", "[embedded]") {
  const std::string whole = "123\n/data\n1700000000\n5432\n/run/sockets\n\n  5432001   2\nready   \n";
  const auto process = parse_process_file(whole);
  REQUIRE(process);
  CHECK(process->pid == 123);
  CHECK(process->socket_directory == "/run/sockets");
  CHECK(process->ready);
  CHECK_FALSE(parse_process_file(whole.substr(0, whole.find("ready")) + "starting\n")->ready);
  CHECK_FALSE(parse_process_file("123\n/data\n")->ready);
  CHECK_FALSE(parse_process_file(""));
  CHECK_FALSE(parse_process_file("nonsense\n"));
}

TEST_CASE("a socket's URL survives any path and name", "[embedded]") {
  CHECK(socket_url("/tmp/a", "app") == "postgresql://postgres@/app?host=/tmp/a&port=5432");
  CHECK(socket_url("/tmp/a b&c=100%", "my/db?") ==
        "postgresql://postgres@/my%2Fdb%3F?host=/tmp/a%20b%26c%3D100%25&port=5432");
}

TEST_CASE("not every directory can hold a socket", "[embedded]") {
  CHECK(can_hold_socket("/tmp/short"));
  CHECK(can_hold_socket("/" + std::string(89, 'x')));
  CHECK_FALSE(can_hold_socket("/" + std::string(90, 'x')));
  CHECK_FALSE(can_hold_socket("/tmp/a,b"));
  CHECK_FALSE(can_hold_socket("/tmp/a\"b"));
  CHECK_FALSE(can_hold_socket("/tmp/a "));
}

TEST_CASE("the last lines of a text", "[embedded]") {
  CHECK(last_lines("a\nb\nc\n", 2) == "b\nc");
  CHECK(last_lines("a\nb\nc", 3) == "a\nb\nc");
  CHECK(last_lines("a\nb", 9) == "a\nb");
  CHECK(last_lines("\nb\n\n", 1) == "b");
  CHECK(last_lines("", 3).empty());
  CHECK(last_lines("a\nb", 0).empty());
}

TEST_CASE("a cluster's options reach initdb, and another build or user has another template", "[embedded]") {
  const ClusterOptions plain;
  const auto arguments = initdb_arguments({.locale = "de_DE.UTF-8", .encoding = "UTF8", .icu_locale = "de"});
  const std::vector<std::string> icu{"--locale-provider", "icu", "--icu-locale", "de"};
  CHECK(std::vector<std::string>(arguments.end() - 4, arguments.end()) == icu);
  const ServerBinaries build{.directory = "/a", .version = "15.1", .major = 15};
  const ServerBinaries newer{.directory = "/a", .version = "15.2", .major = 15};
  const ServerUser user{.uid = 5, .gid = 5, .name = "five", .switches = false};
  const ServerUser other{.uid = 6, .gid = 5, .name = "six", .switches = false};
  const auto place = template_directory(build, plain, user, "/cache");
  CHECK(place.parent_path() == "/cache");
  CHECK(place == template_directory(build, plain, user, "/cache"));
  CHECK(place != template_directory(newer, plain, user, "/cache"));
  CHECK(place != template_directory(build, {.locale = "en_US", .encoding = "UTF8", .icu_locale = ""}, user, "/cache"));
  CHECK(place != template_directory(build, plain, other, "/cache"));
}

TEST_CASE("why a server did not start is said in its user's terms", "[embedded]") {
  const ServerUser user{.uid = 5, .gid = 5, .name = "postgres", .switches = true};
  const auto failure = [&](KeeperReport::Stage stage, int value) {
    return start_failure({.stage = stage, .value = value}, "/opt/bin/postgres", user, "/nowhere/log", 0).info();
  };
  CHECK(failure(KeeperReport::Stage::execute, EACCES).message == "user postgres cannot run /opt/bin/postgres");
  CHECK(failure(KeeperReport::Stage::execute, EACCES).code == ErrorCode::server_missing);
  CHECK(failure(KeeperReport::Stage::switch_user, EPERM).code == ErrorCode::missing_privilege);
  CHECK(failure(KeeperReport::Stage::exited, 256).detail.starts_with("It ended with status 1."));
  CHECK(failure(KeeperReport::Stage::exited, 9).detail.starts_with("It was killed by signal 9."));
}
