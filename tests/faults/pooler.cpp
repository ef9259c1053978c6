// Settings and process of PgBouncer.
// SPDX-License-Identifier: Apache-2.0
#include "faults/pooler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "embedded/launch.hpp"

namespace dbmigrate::faults {
namespace fs = std::filesystem;

std::string find_pgbouncer() {
  for (const auto* path : {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

Pooler::Pooler(const Server& server, const std::string& program) : folder_(server.folder() / "pool") {
  fs::create_directory(folder_);
  std::ofstream(folder_ / "users") << "\"postgres\" \"\"\n";
  std::ofstream(folder_ / "settings") << fmt::format(
      "[databases]\n* = host={} port=5432 user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = "
      "5432\nunix_socket_dir = {}\n"
      "auth_type = any\nauth_file = {}/users\npool_mode = transaction\ndefault_pool_size = 60\nmax_client_conn = 100\n"
      "ignore_startup_parameters = extra_float_digits\n",
      server.folder().string(), folder_.string(), folder_.string());
  for (const auto& entry : {folder_, folder_ / "users", folder_ / "settings"}) {
    if (chown(entry.c_str(), server.user().uid, server.user().gid) != 0) throw std::runtime_error("chown");
  }
  const Launch launch(program, {(folder_ / "settings").string()}, server.user(), SIGKILL);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = launch.start(null, log, -1);
  close(null);
  close(log);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (PQping(url_at(folder(), "5432", "postgres", "postgres").c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("PgBouncer does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Pooler::~Pooler() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
}

}  // namespace dbmigrate::faults
