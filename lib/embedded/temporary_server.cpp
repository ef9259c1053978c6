// Directory, cluster, guard, ready: and back in the opposite order.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/temporary_server.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "embedded/guard.hpp"
#include "embedded/launch.hpp"
#include "embedded/private_directory.hpp"
#include "embedded/server_log.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr auto kReadyLimit = std::chrono::seconds(60);  // on a machine that does much else
constexpr int kPollInterval = 2;                        // ms; a start takes ten times that
constexpr std::uintmax_t kPlenty = 2'000'000'000;       // bytes; a server with a schema takes a thirtieth
constexpr auto kEndLimit = std::chrono::seconds(10);

std::vector<std::string> server_arguments(const fs::path& data, const fs::path& sockets,
                                          const TemporaryServerOptions& options) {
  std::vector<std::string> arguments{"-D", data.string()};
  const auto set = [&](std::string_view name, std::string_view value) {
    arguments.insert(arguments.end(), {"-c", fmt::format("{}={}", name, value)});
  };
  // What is lost in a crash of the machine is thrown away anyway.
  for (const char* off : {"fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"}) set(off, "off");
  set("wal_level", "minimal");
  set("max_wal_senders", "0");
  set("shared_buffers", "16MB");
  set("max_connections", "30");
  for (const auto& [name, value] : options.settings) set(name, value);
  // Last, so that nothing opens the server to anybody else.
  set("listen_addresses", "");
  set("port", "5432");
  set("unix_socket_directories", sockets.string());
  set("unix_socket_permissions", "0700");
  set("logging_collector", "off");
  set("log_destination", "stderr");
  return arguments;
}

/// What the kernel could give away without swapping; 0 where it does not say.
std::uintmax_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key; file.ignore(256, '\n')) {
    std::uintmax_t kilobytes = 0;
    if (key == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

bool has_plenty(const fs::path& memory) {
  std::error_code error;
  const auto space = fs::space(memory, error);
  return !error && space.available >= kPlenty && available_memory() >= kPlenty;
}

bool is_usable_by(const ServerUser& user, const fs::path& parent) {
  if (!user.switches) return access(parent.c_str(), W_OK | X_OK) == 0;
  const PrivateDirectory probe(parent, user);
  return can_use_directory(user, probe.path());
}

/// Memory, or the usual place, or /tmp where the server's user has no way to that (a TMPDIR under root's home).
fs::path choose_parent(const TemporaryServerOptions& options, const ServerUser& user) {
  const auto& places = options.places;
  for (const auto& place : {places.memory, places.temporary}) {
    if (!place.empty()) remove_stale_directories(place, user);
  }
  if (options.size == ExpectedSize::small && !places.memory.empty() && has_plenty(places.memory) &&
      is_usable_by(user, places.memory)) {
    return places.memory;
  }
  return !user.switches || is_usable_by(user, places.temporary) ? places.temporary : fs::path("/tmp");
}

}  // namespace

struct TemporaryServer::State {
  State(const ServerBinaries& binaries, const TemporaryServerOptions& options);
  void wait_until_ready();
  void wait_for_the_dead() const;
  [[nodiscard]] const fs::path& socket_directory() const { return sockets ? sockets->path() : directory.path(); }

  ServerUser user;
  PrivateDirectory directory;
  std::optional<PrivateDirectory> sockets;  ///< only where the path of `directory` is too long for one
  ClusterOrigin origin = ClusterOrigin::initdb;
  std::string program;
  pid_t pid = -1;
  std::optional<Guard> guard;

  ~State() {
    if (guard && !guard->end()) wait_for_the_dead();
  }
};

TemporaryServer::State::State(const ServerBinaries& binaries, const TemporaryServerOptions& options)
    : user(server_user()), directory(choose_parent(options, user), user) {
  if (!can_hold_socket(directory.path())) {
    remove_stale_directories("/tmp", user);
    sockets.emplace("/tmp", user);
  }
  const auto data = directory.path() / "data";
  program = (binaries.directory / "postgres").string();
  origin = create_cluster(binaries, options.cluster, user, options.places.cache, data);
  // SIGQUIT: should the guard be killed itself, the server ends at once, and without a guard nobody would wait for
  // more.
  const Launch launch(program, server_arguments(data, socket_directory(), options), user, SIGQUIT);
  std::vector<const PrivateDirectory*> kept{&directory};
  if (sockets) kept.push_back(&*sockets);
  guard.emplace(launch, directory.path() / "log", kept);
  wait_until_ready();
}

void TemporaryServer::State::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kReadyLimit;
  const auto log_file = directory.path() / "log";
  while (std::chrono::steady_clock::now() < deadline) {
    KeeperReport report;
    if (guard->next_report(report, kPollInterval)) {
      if (report.stage != KeeperReport::Stage::started) throw start_failure(report, program, user, log_file, 0);
      pid = report.value;
    }
    const auto process = read_process_file(directory.path() / "data");
    if (pid > 0 && process && process->ready && process->pid == pid) return;
    throw_if_interrupted();
  }
  throw Error({.code = ErrorCode::cannot_connect,
               .message = fmt::format("the embedded server was not ready after {} s", kReadyLimit.count()),
               .detail = fmt::format("Its directory was {}.", directory.path().string()),
               .hint = "Look at what else keeps this machine busy."});
}

/// With the guard gone by force, the kernel told the server to end, but nobody has waited for it.
void TemporaryServer::State::wait_for_the_dead() const {
  const auto deadline = std::chrono::steady_clock::now() + kEndLimit;
  while (pid > 0 && kill(pid, 0) == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kPollInterval));
  }
}

TemporaryServer::TemporaryServer(const ServerBinaries& binaries, const TemporaryServerOptions& options)
    : state_(std::make_unique<State>(binaries, options)) {
  log::debug(fmt::format("temporary PostgreSQL {} in {}", binaries.version, directory().string()));
}

TemporaryServer::TemporaryServer(TemporaryServer&&) noexcept = default;
TemporaryServer& TemporaryServer::operator=(TemporaryServer&&) noexcept = default;
TemporaryServer::~TemporaryServer() = default;

std::string TemporaryServer::url(std::string_view database) const {
  return socket_url(state_->socket_directory(), database);
}

const fs::path& TemporaryServer::directory() const { return state_->directory.path(); }
const fs::path& TemporaryServer::socket_directory() const { return state_->socket_directory(); }
pid_t TemporaryServer::pid() const { return state_->pid; }
ClusterOrigin TemporaryServer::origin() const { return state_->origin; }

}  // namespace dbmigrate
