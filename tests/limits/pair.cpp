// Copies of one stopped cluster, so that a pair is there in an instant.
// SPDX-License-Identifier: Apache-2.0
#include "limits/pair.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "limits/lab.hpp"

namespace dbmigrate::limits {
namespace {

const faults::Server& stopped_cluster() {
  static const auto server = [] {
    auto made = std::make_unique<faults::Server>();
    sql(made->url("postgres"), "CREATE DATABASE limits TEMPLATE template0");
    sql(made->url("limits"), "CREATE SCHEMA effects; CREATE TABLE effects.effects (what text)");
    made->stop();
    return made;
  }();
  return *server;
}

void wait_for(const std::string& url, const std::string& query, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ask(url, query) != "t") {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(what);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

Pair::Pair(const faults::Server::Settings& settings)
    : primary_(std::make_unique<faults::Server>(stopped_cluster(), settings)),
      standby_(std::make_unique<faults::Server>(stopped_cluster(), settings, primary_.get())) {
  wait_for(primary_->url("postgres"), "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')",
           "the standby does not stream");
}

void Pair::catch_up() {
  const auto now = ask(primary_->url("postgres"), "SELECT pg_current_wal_lsn()");
  wait_for(standby_->url("postgres"), fmt::format("SELECT pg_last_wal_replay_lsn() >= '{}'", now),
           "the standby does not catch up");
}

void Pair::hold_back() {
  catch_up();
  held_back_ = std::stoi(ask(primary_->url("postgres"), "SELECT pid FROM pg_stat_replication"));
  kill(held_back_, SIGSTOP);
}

void Pair::fail_over() {
  // A stopped process would keep the server from going for five seconds.
  if (held_back_ != 0) kill(held_back_, SIGKILL);
  primary_->kill_at_once();
  if (ask(standby_->url("postgres"), "SELECT pg_promote()") != "t") throw std::runtime_error("no promotion");
}

}  // namespace dbmigrate::limits
