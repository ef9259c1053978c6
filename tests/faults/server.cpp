// Cluster, process and log of the tests' server.
// SPDX-License-Identifier: Apache-2.0
#include "faults/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "embedded/launch.hpp"
#include "embedded/places.hpp"
#include "embedded/template_cluster.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate::faults {
namespace fs = std::filesystem;
namespace {

/// In memory where there is plenty of it: what such a server writes is thrown away.
std::string folder_for_servers() {
  constexpr std::uintmax_t kPlenty = std::uintmax_t{4} << 30;
  std::error_code unknown;
  const fs::path memory = "/dev/shm";
  const auto space = fs::space(memory, unknown);
  const bool usable = !unknown && space.available >= kPlenty && access(memory.c_str(), W_OK) == 0;
  return usable ? memory.string() : "/tmp";
}

fs::path new_folder(const ServerUser& user) {
  std::string pattern = folder_for_servers() + "/dbmigrate-faults-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for a server");
  if (chown(pattern.c_str(), user.uid, user.gid) != 0) throw std::runtime_error("cannot give away " + pattern);
  return pattern;
}

}  // namespace

std::string url_at(std::string_view host, std::string_view port, std::string_view database, std::string_view user) {
  return fmt::format("postgresql://{}@/{}?host={}&port={}", user, database, host, port);
}

Server::Server(const Settings& settings) : user_(server_user()) {
  const char* preferred = std::getenv("DBMIGRATE_TEST_PG_BIN");
  binaries_ = find_server_binaries(preferred != nullptr ? preferred : "");
  make_folder(settings);
  create_cluster(binaries_, {}, user_, {}, folder_ / "data");
  start();
}

Server::Server(const Server& stopped, const Settings& settings, const Server* primary)
    : binaries_(stopped.binaries_), user_(stopped.user_) {
  make_folder(settings);
  copy_tree(stopped.folder_ / "data", folder_ / "data", user_);
  if (primary != nullptr) {
    std::ofstream(folder_ / "data" / "standby.signal").flush();
    arguments_.insert(arguments_.end(),
                      {"-c", fmt::format("primary_conninfo=host={} user=postgres", primary->folder().string()), "-c",
                       "wal_retrieve_retry_interval=50ms"});
  }
  start();
}

void Server::make_folder(const Settings& settings) {
  folder_ = new_folder(user_);
  Settings all{{"listen_addresses", ""},
               {"unix_socket_directories", folder_.string()},
               {"fsync", "off"},
               {"autovacuum", "off"},
               {"max_connections", "80"},
               {"shared_buffers", "32MB"},
               {"log_line_prefix", "%m [%p] %a "}};
  all.insert(all.end(), settings.begin(), settings.end());
  arguments_ = {"-D", (folder_ / "data").string()};
  for (const auto& [name, value] : all) arguments_.insert(arguments_.end(), {"-c", name + "=" + value});
}

Server::~Server() {
  if (pid_ > 0) kill_at_once();
  remove_tree(folder_.c_str());
}

std::string Server::url(std::string_view database, std::string_view user) const {
  return url_at(folder_.string(), "5432", database, user);
}

void Server::kill_at_once() { end(SIGQUIT); }

void Server::stop() { end(SIGINT); }

void Server::end(int signal) {
  kill(pid_, signal);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
}

void Server::start() {
  const Launch launch(binaries_.directory / "postgres", arguments_, user_, SIGQUIT);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = launch.start(null, log, -1);
  close(null);
  close(log);
  if (pid_ < 0) throw std::runtime_error("cannot start the server");
  wait_until_ready();
}

void Server::wait_until_ready() const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (PQping(url("postgres").c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the server does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::uintmax_t Server::log_size() const { return fs::file_size(folder_ / "log"); }

std::vector<std::string> Server::errors_since(std::uintmax_t offset) const {
  std::ifstream log(folder_ / "log");
  log.seekg(static_cast<std::streamoff>(offset));
  std::vector<std::string> errors;
  for (std::string line; std::getline(log, line);) {
    for (const auto* word : {"ERROR:", "FATAL:", "PANIC:"}) {
      if (line.find(word) == std::string::npos) continue;
      errors.push_back(line);
      break;
    }
  }
  return errors;
}

}  // namespace dbmigrate::faults
