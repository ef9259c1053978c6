// Makes the folder and the environment of a story, and runs commands there.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

namespace dbmigrate {
namespace {

namespace fs = std::filesystem;

constexpr auto kLimit = std::chrono::minutes(5);

fs::path make_root() {
  std::string name = (fs::temp_directory_path() / "dbmigrate-story.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make " + name);
  }
  // A server that a story starts may run as another user, who has to get into the folder.
  fs::permissions(name, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read |
                            fs::perms::others_exec);
  return name;
}

std::string variable(const char* name, const char* otherwise) {
  const char* value = getenv(name);
  return value != nullptr ? value : otherwise;
}

/// In single quotes for sh.
std::string for_sh(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

/// What a child does between fork and exec; returns only when it failed.
void become(const fs::path& folder, const fs::path& output, char* const* arguments, char* const* environment) {
  setpgid(0, 0);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // A file, not a pipe: a process that a command leaves running would keep a pipe open.
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (null < 0 || file < 0 || chdir(folder.c_str()) != 0) return;
  if (dup2(null, 0) < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0) return;
  execve("/bin/sh", arguments, environment);
}

int wait_for(pid_t child, const std::string& command) {
  const auto end = std::chrono::steady_clock::now() + kLimit;
  int status = 0;
  while (true) {
    const pid_t done = waitpid(child, &status, WNOHANG);
    if (done == child) break;
    if (done < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    if (std::chrono::steady_clock::now() > end) {
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      throw std::runtime_error(fmt::format("`{}` did not end within {} minutes", command, kLimit.count()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Sandbox::Sandbox(const Stage& stage, const std::string& url) : root_(make_root()) {
  fs::create_directory(root_ / "story");
  fs::create_directory(root_ / "home");
  write_psql(url);

  const std::string path =
      fmt::format("{}:{}:{}", (root_ / "bin").string(), fs::absolute(stage.program).parent_path().string(),
                  variable("PATH", "/usr/bin:/bin"));
  environment_ = {
      "PATH=" + path,
      "HOME=" + (root_ / "home").string(),
      "PROJECT=" + fs::weakly_canonical(fs::absolute(stage.project)).string(),
      "TMPDIR=" + fs::temp_directory_path().string(),
      "DATABASE_URL=" + url,
      "NO_COLOR=1",
      "LC_ALL=C.UTF-8",
      "TERM=dumb",
      "TZ=UTC",
  };
}

Sandbox::~Sandbox() {
  for (const pid_t group : groups_) kill(-group, SIGKILL);
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

// Stories say `psql -c ...` and mean the database of the story. PG* variables would do that too, but then
// dbmigrate would see them.
void Sandbox::write_psql(const std::string& url) const {
  const fs::path script = root_ / "bin" / "psql";
  write_text(script, fmt::format("#!/bin/sh\nPATH={}\nexec psql -X -d {} \"$@\"\n",
                                 for_sh(variable("PATH", "/usr/bin:/bin")), for_sh(url)));
  fs::permissions(script, fs::perms::owner_all);
}

void Sandbox::write(const TranscriptFile& file) const { write_text(root_ / "story" / file.path, file.content); }

CommandResult Sandbox::run(const std::string& command) {
  const fs::path output = root_ / "output";
  std::vector<std::string> argument_texts = {"sh", "-c", command};
  std::vector<std::string> environment_texts = environment_;
  const std::vector<char*> arguments = pointers(argument_texts);
  const std::vector<char*> environment = pointers(environment_texts);

  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    become(root_ / "story", output, arguments.data(), environment.data());
    _exit(126);
  }
  groups_.push_back(child);
  const int status = wait_for(child, command);
  return {.output = read_text(output), .status = status};
}

}  // namespace dbmigrate
