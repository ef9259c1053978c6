// Trees, locks and private directories, with what a hostile or hurried neighbour may do to them.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "embedded/file_lock.hpp"
#include "embedded/launch.hpp"
#include "embedded/private_directory.hpp"
#include "embedded/project_home.hpp"
#include "embedded/server_log.hpp"
#include "embedded/server_user.hpp"
#include "embedded/tree.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path;
  Scratch() {
    std::string pattern = "/tmp/dbmigrate-unit-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch directory");
    path = pattern;
    chmod(path.c_str(), 0755);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path); }
};

ServerUser self() { return user_of(geteuid()); }

/// What no process holds any more, as after a kill: made by a child that ends without leaving its scopes.
fs::path abandoned_directory(const fs::path& parent) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    const PrivateDirectory directory(parent, self());
    const std::string name = directory.path().string();
    std::ofstream(directory.path() / "data") << "rows";
    _exit(write(ends[1], name.data(), name.size()) > 0 ? 0 : 1);
  }
  close(ends[1]);
  std::string name(4096, '\0');
  name.resize(static_cast<std::size_t>(std::max<ssize_t>(read(ends[0], name.data(), name.size()), 0)));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return name;
}

}  // namespace

TEST_CASE("removing a tree takes all of it and follows no link", "[embedded]") {
  const Scratch scratch;
  const auto outside = scratch.path / "outside";
  const auto tree = scratch.path / "tree";
  fs::create_directories(outside);
  fs::create_directories(tree / "a" / "b");
  std::ofstream(outside / "precious") << "kept";
  std::ofstream(tree / "a" / "b" / "file") << "gone";
  for (int number = 0; number < 500; ++number) std::ofstream(tree / ("file" + std::to_string(number))) << number;
  fs::create_directory_symlink(outside, tree / "a" / "link");
  CHECK(remove_tree(tree.c_str()));
  CHECK_FALSE(fs::exists(tree));
  CHECK(read_file(outside / "precious") == "kept");
  CHECK(remove_tree((scratch.path / "never").c_str()));

  fs::create_directory_symlink(outside, scratch.path / "link");
  CHECK(remove_tree((scratch.path / "link").c_str()));
  CHECK(fs::exists(outside / "precious"));
}

TEST_CASE("a copied tree is equal and private, and links are refused", "[embedded]") {
  const Scratch scratch;
  const auto from = scratch.path / "from";
  fs::create_directories(from / "empty");
  fs::create_directories(from / "full");
  std::ofstream(from / "full" / "nothing");
  const std::string content(3'000'000, 'x');
  std::ofstream(from / "full" / "large") << content;
  copy_tree(from, scratch.path / "to", self());
  CHECK(fs::is_directory(scratch.path / "to" / "empty"));
  CHECK(fs::file_size(scratch.path / "to" / "full" / "nothing") == 0);
  CHECK((read_file(scratch.path / "to" / "full" / "large") == content));
  struct stat info {};
  REQUIRE(lstat((scratch.path / "to" / "full" / "large").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  CHECK(size_on_disk(scratch.path / "to") >= content.size());

  CHECK_THROWS_AS(copy_tree(from, scratch.path / "to", self()), std::system_error);
  fs::create_symlink("/etc/passwd", from / "link");
  CHECK_THROWS_AS(copy_tree(from, scratch.path / "second", self()), std::system_error);
}

TEST_CASE("a private directory is a real one of one's own", "[embedded]") {
  const Scratch scratch;
  const auto path = scratch.path / "mine";
  make_private_directory(path, self());
  make_private_directory(path, self());
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0700);
  CHECK(is_owned_directory(path, geteuid()));
  chmod(path.c_str(), 0777);
  CHECK_FALSE(is_owned_directory(path, geteuid()));

  fs::create_directory_symlink(path, scratch.path / "link");
  CHECK_THROWS_AS(make_private_directory(scratch.path / "link", self()), Error);
  CHECK_FALSE(is_owned_directory(scratch.path / "link", geteuid()));
  std::ofstream(scratch.path / "file") << "x";
  CHECK_THROWS_AS(make_private_directory(scratch.path / "file", self()), Error);
}

TEST_CASE("a lock has one exclusive holder or several shared ones", "[embedded]") {
  const Scratch scratch;
  const auto path = scratch.path / "lock";
  const LockFile first(path, self());
  const LockFile second(path, self());
  CHECK(first.try_lock(LockMode::shared));
  CHECK(second.try_lock(LockMode::shared));
  CHECK_FALSE(first.try_lock(LockMode::exclusive));
  second.unlock();
  CHECK(first.try_lock(LockMode::exclusive));
  CHECK_FALSE(second.try_lock(LockMode::shared));
  CHECK(first.is_current());
  fs::remove(path);
  CHECK_FALSE(first.is_current());
  std::ofstream(path) << "another";
  CHECK_FALSE(first.is_current());
}

TEST_CASE("waiting for a lock ends with its patience", "[embedded]") {
  const Scratch scratch;
  const auto path = scratch.path / "lock";
  const LockFile holder(path, self());
  REQUIRE(holder.try_lock(LockMode::exclusive));
  try {
    lock_exclusively(path, self(), std::chrono::milliseconds(20), Interrupts::end_the_wait);
    FAIL("two holders");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::busy);
  }
  holder.unlock();
  CHECK(lock_exclusively(path, self(), std::chrono::seconds(5), Interrupts::end_the_wait).is_current());
}

TEST_CASE("the next run removes what a dead process left, and nothing else", "[embedded]") {
  const Scratch scratch;
  const PrivateDirectory held(scratch.path, self());
  const auto left = abandoned_directory(scratch.path);
  REQUIRE(fs::exists(left / "data"));
  const auto unlocked = scratch.path / "dbmigrate-pg-young";  // somebody is between two system calls
  fs::create_directory(unlocked);
  const auto foreign = scratch.path / "dbmigrate-other";
  fs::create_directory(foreign);
  const auto link = scratch.path / "dbmigrate-pg-link";
  fs::create_directory_symlink(foreign, link);
  remove_stale_directories(scratch.path, self());
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(held.path()));
  CHECK(fs::exists(unlocked));
  CHECK(fs::exists(foreign));
  CHECK(fs::exists(link));
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(unlocked, long_ago);
  remove_stale_directories(scratch.path, self());
  CHECK_FALSE(fs::exists(unlocked));
}

TEST_CASE("a program runs without the shell's database and locale settings", "[embedded]") {
  setenv("PGHOST", "elsewhere", 1);
  setenv("LANG", "de_DE.UTF-8", 1);
  const auto result = run_program("/usr/bin/env", {}, self());
  unsetenv("PGHOST");
  unsetenv("LANG");
  CHECK(result.succeeded());
  CHECK(result.output.find("PGHOST") == std::string::npos);
  CHECK(result.output.find("LANG=") == std::string::npos);
  CHECK(result.output.find("LC_ALL=C\n") != std::string::npos);
}

TEST_CASE("a program has no files but its streams, and its failures are told apart", "[embedded]") {
  const auto open_files = run_program("/bin/sh", {"-c", "cd /proc/self/fd && echo * && pwd -P >&2 && exit 3"}, self());
  CHECK(WEXITSTATUS(open_files.status) == 3);
  CHECK_FALSE(open_files.succeeded());
  CHECK(run_program("/bin/sh", {"-c", "ls /proc/$$/fd"}, self()).output == "0\n1\n2\n");
  CHECK(run_program("/bin/sh", {"-c", "cat; echo end"}, self()).output == "end\n");
  CHECK(run_program("/does/not/exist", {}, self()).exec_errno == ENOENT);
  CHECK(run_program("/etc/passwd", {}, self()).exec_errno == EACCES);
}

TEST_CASE("the checkout's own file does not decide where a project's data is", "[embedded]") {
  const Scratch scratch;
  const Places places{.temporary = "/tmp", .memory = {}, .cache = {}, .state = scratch.path / "state"};
  const auto project = scratch.path / "project";
  fs::create_directories(project / ".dbmigrate");
  CHECK_FALSE(find_project_home(project, places));
  const auto named = GENERATE(std::string("/etc"), std::string("state/../other"), std::string("state/other"));
  const auto other = scratch.path / "state" / "other";
  fs::create_directories(other);
  std::ofstream(other / "project") << scratch.path.string() << "/original\n";
  fs::create_directories(scratch.path / "original" / ".dbmigrate");
  std::ofstream(scratch.path / "original" / ".dbmigrate" / "location") << other.string() << "\n";
  const auto text = named.starts_with('/') ? named : (scratch.path / named).string();
  std::ofstream(project / ".dbmigrate" / "location") << text << "\n";
  CHECK_FALSE(find_project_home(project, places));
}
