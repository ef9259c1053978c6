// Processes that the tests kill in earnest.
// SPDX-License-Identifier: Apache-2.0
#include "harness.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "core/error.hpp"
#include "embedded/server_user.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate::testing {
namespace fs = std::filesystem;

namespace {

/// Of all children: one that is forked later must not hold an earlier one's life open.
std::vector<int>& life_ends() {
  static std::vector<int> ends;
  return ends;
}

}  // namespace

Scratch::Scratch() {
  std::string pattern = "/tmp/dbmigrate-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch directory");
  path_ = pattern;
  chmod(path_.c_str(), 0755);
}

Scratch::~Scratch() { remove_tree(path_.c_str()); }

fs::path Scratch::make(const std::string& name) const {
  const auto path = path_ / name;
  fs::create_directories(path);
  chmod(path.c_str(), 01777);
  return path;
}

const ServerBinaries& binaries() {
  static const ServerBinaries found = [] {
    const char* preferred = std::getenv("DBMIGRATE_PG_BIN");
    return find_server_binaries(preferred == nullptr ? "" : preferred);
  }();
  return found;
}

Places places_in(const Scratch& scratch) {
  return {.temporary = scratch.make("tmp"),
          .memory = {},
          .cache = standard_places().cache,
          .state = scratch.path() / "state"};
}

std::string query(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : std::string();
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }

int count_entries(const fs::path& directory, const std::string& prefix) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(prefix)) ++count;
  }
  return count;
}

void Stage::tell(const std::string& line) const {
  const std::string text = line + "\n";
  if (write(output_, text.data(), text.size()) < 0) _exit(3);
}

void Stage::wait() const {
  char byte = 0;
  while (read(life_, &byte, 1) < 0 && errno == EINTR) {
  }
}

Child::Child(const std::function<void(const Stage&)>& body, User user) {
  std::array<int, 2> life{};
  std::array<int, 2> lines{};
  if (pipe2(life.data(), O_CLOEXEC) != 0 || pipe2(lines.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) {
    close(life[1]);
    close(lines[0]);
    for (const int end : life_ends()) close(end);
    // The test program's own handlers would report a failure.
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
    const Stage stage(lines[1], life[0]);
    try {
      if (user == User::nobody && !become_user(65534, 65534)) throw std::runtime_error("cannot become nobody");
      body(stage);
    } catch (const Error& error) {
      stage.tell(std::string("failed: ") + error.what() + ": " + error.info().detail);
    } catch (const std::exception& error) {
      stage.tell(std::string("failed: ") + error.what());
    }
    _exit(0);
  }
  close(life[0]);
  close(lines[1]);
  life_ = life[1];
  life_ends().push_back(life_);
  lines_ = lines[0];
}

Child::~Child() {
  let_go();
  close(lines_);
}

std::string Child::next_line() {
  std::string line;
  char character = 0;
  while (true) {
    const auto count = read(lines_, &character, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || character == '\n') return line;
    line += character;
  }
}

void Child::end_by(int signal) {
  if (pid_ > 0) kill(pid_, signal);
  reap();
}

void Child::let_go() {
  if (life_ >= 0) close(life_);
  std::erase(life_ends(), life_);
  life_ = -1;
  reap();
}

void Child::reap() {
  while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace dbmigrate::testing
