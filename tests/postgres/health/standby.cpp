// Files copied cold; the rest is what PostgreSQL does by itself.
// SPDX-License-Identifier: Apache-2.0
#include "standby.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "embedded/launch.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate::tests {
namespace fs = std::filesystem;
namespace {

void give_away(const fs::path& folder, const ServerUser& user) {
  const auto give = [&](const fs::path& path) {
    if (lchown(path.c_str(), user.uid, user.gid) != 0) throw std::runtime_error("cannot give away " + path.string());
  };
  give(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) give(entry.path());
}

}  // namespace

Standby::Standby() : primary_({{"wal_level", "replica"}, {"fsync", "on"}}) {}

Standby::~Standby() {
  if (pid_ <= 0) return;
  kill(pid_, SIGQUIT);
  int status = 0;
  waitpid(pid_, &status, 0);
}

void Standby::start_standby() {
  const auto& folder = primary_.folder();
  const auto data = folder / "standby";
  primary_.kill_at_once();
  fs::copy(folder / "data", data, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  fs::remove(data / "postmaster.pid");
  std::ofstream(data / "standby.signal").flush();
  fs::permissions(data, fs::perms::owner_all);
  fs::create_directory(folder / "standby_socket");
  give_away(data, primary_.user());
  give_away(folder / "standby_socket", primary_.user());
  primary_.start();

  const char* preferred = std::getenv("DBMIGRATE_TEST_PG_BIN");
  const auto binaries = find_server_binaries(preferred != nullptr ? preferred : "");
  std::vector<std::string> arguments{"-D", data.string()};
  for (const auto& setting :
       {std::string("listen_addresses="), "unix_socket_directories=" + (folder / "standby_socket").string(),
        std::string("max_connections=80"), std::string("shared_buffers=32MB"), std::string("wal_level=replica"),
        std::string("hot_standby=on"), std::string("wal_receiver_status_interval=1"),
        fmt::format("primary_conninfo=host={} port=5432 user=postgres application_name=standby", folder.string())}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  const Launch launch(binaries.directory / "postgres", arguments, primary_.user(), SIGQUIT);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open((folder / "standby_log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = launch.start(null, log, -1);
  close(null);
  close(log);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (PQping(standby_url("postgres").c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the standby does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string Standby::standby_url(std::string_view database) const {
  return faults::url_at((primary_.folder() / "standby_socket").string(), "5432", database, "postgres");
}

}  // namespace dbmigrate::tests
