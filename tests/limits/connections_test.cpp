// Connections that are refused, silent, or taken away.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "core/file.hpp"
#include "limits/lab.hpp"
#include "postgres/session.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

std::unique_ptr<Session> held(const std::string& url) {
  return connect({.conninfo = url, .application_name = "limits holder"});
}

/// A database of a role that may log in `limit` times at once; its URL for that role.
std::string limited_database(int limit) {
  const auto& server = shared_server();
  const auto url = new_database(server);
  const auto name = ask(url, "SELECT current_database()");
  sql(url, fmt::format("CREATE ROLE {0} LOGIN CONNECTION LIMIT {1}; GRANT CREATE ON DATABASE {0} TO {0};"
                       "GRANT CREATE, USAGE ON SCHEMA public TO {0}",
                       name, limit));
  return server.url(name, name);
}

void wait_for_words(const Lab& lab, std::string_view words) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (read_file(lab.path(".stderr")).find(words) == std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the run does not say it");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// A socket whose connections nobody ever answers.
class SilentHost {
 public:
  explicit SilentHost(const std::filesystem::path& folder) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::filesystem::create_directories(folder);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (folder / ".s.PGSQL.5432").string();
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(socket_, 16) != 0) {
      throw std::runtime_error("no socket at " + path);
    }
  }
  ~SilentHost() { close(socket_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;

 private:
  int socket_;
};

}  // namespace

TEST_CASE("too many connections of a role: the run says so, and begins once two are free", "[connections]") {
  Lab lab(limited_database(2));
  lab.migration("001_base", "CREATE TABLE t (id int);\n", "DROP TABLE t;\n");
  auto first = held(lab.url);

  SECTION("without patience it ends at once and nothing is changed, whether one is missing or both") {
    for (const bool both : {false, true}) {
      const auto second = both ? held(lab.url) : nullptr;
      const auto refused = lab.run({"upgrade", "--reconnect-for", "0"});
      INFO(refused.out << refused.err);
      CHECK(refused.exit == 4);
      CHECK(refused.error("code") == "cannot_connect");
      CHECK(refused.error("sqlstate") == "53300");
      CHECK(refused.hints("max_connections"));
      CHECK(refused.hints("a run needs two"));
    }
    // Not as the role: its sessions may take a moment to end.
    const auto name = first->server().database;
    CHECK(ask(shared_server().url(name), "SELECT to_regnamespace('dbmigrate') IS NULL AND to_regclass('t') IS NULL") ==
          "t");
    first.reset();
    CHECK(lab.run({"upgrade"}).exit == 0);
  }
  SECTION("with patience it waits for both") {
    auto second = held(lab.url);
    const auto run = lab.start({"upgrade", "--reconnect-for", "1min"});
    wait_for_words(lab, "connecting again (attempt 2)");
    second.reset();  // enough for one of the two
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    CHECK(!run->over());
    first.reset();
    const auto done = lab.finish(*run);
    INFO(done.out << done.err);
    CHECK(done.exit == 0);
    CHECK(done.revisions() == "main@001_base applied");
  }
}

TEST_CASE("the last free slots of a server are not ours: the run says so and a later one goes through",
          "[connections]") {
  faults::Server server({{"max_connections", "6"}, {"superuser_reserved_connections", "2"}, {"max_wal_senders", "0"}});
  const auto url = new_database(server);
  const auto name = ask(url, "SELECT current_database()");
  sql(url,
      fmt::format("CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE {} TO app; GRANT CREATE ON SCHEMA public TO app",
                  name));
  Lab lab(server.url(name, "app"));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(held(lab.url));
  const auto refused = lab.run({"upgrade", "--reconnect-for", "0"});
  INFO(refused.out << refused.err);
  CHECK(refused.exit == 4);
  CHECK(refused.error("code") == "cannot_connect");
  CHECK(refused.error("sqlstate") == "53300");
  CHECK(lab.run({"status"}).error("sqlstate") == "53300");
  sessions.clear();
  CHECK(lab.run({"upgrade"}).exit == 0);
}

TEST_CASE("a server that is shutting down is waited for, and says what it does to those who do not wait",
          "[connections]") {
  faults::Server server;
  Lab lab(new_database(server));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  auto session = held(lab.url);
  std::ifstream pid_file(server.folder() / "data" / "postmaster.pid");
  pid_t pid = 0;
  REQUIRE(pid_file >> pid);
  // As `pg_ctl stop -m smart`: nobody new is let in, and it goes with the last one.
  REQUIRE(kill(pid, SIGTERM) == 0);
  const auto refused = [&] {
    while (true) {
      auto outcome = lab.run({"upgrade", "001_base", "--reconnect-for", "0"});
      if (outcome.exit != 0) return outcome;
      (void)lab.run({"downgrade", "base", "--reconnect-for", "0"});
    }
  }();
  INFO(refused.out << refused.err);
  CHECK(refused.exit == 4);
  CHECK(refused.error("sqlstate") == "57P03");
  CHECK(refused.hints("again"));

  const auto run = lab.start({"upgrade", "--reconnect-for", "1min"});
  wait_for_words(lab, "connecting again");
  session.reset();
  server.stop();
  server.start();
  const auto done = lab.finish(*run);
  INFO(done.out << done.err);
  // It may have met the moment at which there was no server at all, which is no refusal that passes.
  if (done.exit != 0) {
    CHECK(done.exit == 4);
    CHECK(lab.run({"upgrade"}).exit == 0);
  }
  CHECK(ask(lab.url, "SELECT to_regclass('t') IS NOT NULL") == "t");
}

TEST_CASE("a host that never answers does not keep a run from the next one", "[connections]") {
  const auto url = new_database(shared_server());
  const auto name = ask(url, "SELECT current_database()");
  Lab lab;
  const SilentHost silent(lab.path("silent"));
  lab.url = fmt::format("postgresql://postgres@/{}?host={},{},{}&port=5432,5432,5432&connect_timeout=2", name,
                        lab.path("silent").string(), lab.path("nothing").string(), shared_server().folder().string());
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  const auto done = lab.run({"upgrade"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);

  lab.url = fmt::format("postgresql://postgres@/{}?host={},{}&port=5432,5432&connect_timeout=2", name,
                        lab.path("silent").string(), lab.path("nothing").string());
  const auto refused = lab.run({"status"});
  INFO(refused.out);
  CHECK(refused.exit == 4);
  CHECK(refused.error("detail").find("no answer in time") != std::string::npos);
  CHECK(refused.error("detail").find(lab.path("silent").string()) != std::string::npos);
  CHECK(refused.error("detail").find(lab.path("nothing").string()) != std::string::npos);
}

TEST_CASE("a role whose idle sessions the server ends can still wait for another run", "[connections]") {
  if (shared_server().major() < 14) {
    WARN("skipped: this server has no idle_session_timeout");
    return;
  }
  Lab lab(limited_database(-1));
  lab.migration("001_base", "CREATE TABLE t (id int);\nSELECT pg_sleep(2);\n");
  const auto name = ask(lab.url, "SELECT current_database()");
  const auto first = lab.start({"upgrade"});
  wait_for_words(lab, "target:");
  sql(shared_server().url(name), fmt::format("ALTER ROLE {} SET idle_session_timeout = '200ms'", name));
  Lab other(lab.url);
  other.migration("001_base", "CREATE TABLE t (id int);\nSELECT pg_sleep(2);\n");
  other.migration("002_more", "CREATE TABLE more (id int);\n");
  const auto second = other.run({"upgrade", "--wait", "1min"});
  INFO(second.out << second.err);
  CHECK(second.exit == 0);
  CHECK(lab.finish(*first).exit == 0);
  CHECK(ask(lab.url, "SELECT string_agg(revision || ' ' || state, ', ' ORDER BY revision) FROM dbmigrate.version") ==
        "001_base applied, 002_more applied");
}
