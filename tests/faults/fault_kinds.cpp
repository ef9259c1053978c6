// One entry for each fault.
// SPDX-License-Identifier: Apache-2.0
#include "faults/fault_kinds.hpp"

#include <csignal>

namespace dbmigrate::faults {
namespace {

using Kind = Fault::Kind;
using Scope = Fault::Scope;
using Later = Fault::Later;
using std::chrono::milliseconds;

const std::vector<std::string> kGiveUp{"--reconnect-for", "0"};
const std::vector<std::string> kShort{"--idle-timeout", "1s"};
const std::vector<std::string> kGiveUpSoon{"--reconnect-for", "0", "--idle-timeout", "1s"};
/// Longer than any run, so that the number of heartbeats on the lock's connection is known: none.
const std::vector<std::string> kNoHeartbeats{"--reconnect-for", "0", "--idle-timeout", "1h"};

std::vector<FaultKind> lost_connections() {
  return {{.name = "cut", .about = "both connections cut, the message lost", .exits = {0, 4, 5}, .flags = kGiveUp},
          {.name = "cut-after",
           .about = "both connections cut behind the message",
           .kind = Kind::deliver_then_cut,
           .exits = {0, 4, 5},
           .flags = kGiveUp},
          {.name = "cut-lock",
           .about = "both cut at the lock connection's messages",
           .lock_connection = true,
           .exits = {0, 4, 5},
           .flags = kNoHeartbeats},
          {.name = "reconnect",
           .about = "the worker's connection cut; the run has to heal itself",
           .scope = Scope::one,
           .later = Later::accept,
           .exits = {0},
           .flags = {}},
          {.name = "reconnect-after",
           .about = "the same behind the message",
           .kind = Kind::deliver_then_cut,
           .scope = Scope::one,
           .later = Later::accept,
           .exits = {0},
           .flags = {}},
          {.name = "half-open",
           .about = "the program cut off, the server told nothing",
           .kind = Kind::half_open,
           .exits = {0, 4, 5},
           .flags = kGiveUpSoon},
          {.name = "black-hole",
           .about = "nothing is delivered any more, nobody is told; new connections are refused",
           .kind = Kind::black_hole,
           .exits = {0, 4, 5},
           .flags = kGiveUpSoon,
           .ends_within = milliseconds{30'000}},
          {.name = "black-hole-heal",
           .about = "nothing is delivered any more, nobody is told; new connections work",
           .kind = Kind::black_hole,
           .later = Later::accept,
           .exits = {0},
           .flags = kShort,
           .ends_within = milliseconds{60'000}}};
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  static const auto kinds = [] {
    auto all = lost_connections();
    all.push_back({.name = "kill",
                   .about = "kill -9 of the program",
                   .kind = Kind::hook,
                   .signal = SIGKILL,
                   .exits = {0, 137},
                   .flags = {}});
    all.push_back({.name = "term",
                   .about = "SIGTERM to the program",
                   .kind = Kind::hook,
                   .signal = SIGTERM,
                   .exits = {0, 143},
                   .flags = {}});
    all.push_back({.name = "int",
                   .about = "SIGINT to the program",
                   .kind = Kind::hook,
                   .signal = SIGINT,
                   .exits = {0, 130},
                   .flags = {}});
    all.push_back({.name = "server-stop",
                   .about = "the server stopped at once, started again",
                   .kind = Kind::hook,
                   .server_stops = true,
                   .exits = {0, 4, 5},
                   .flags = kGiveUp});
    all.push_back({.name = "delay", .about = "the message 30 ms late", .kind = Kind::delay, .exits = {0}, .flags = {}});
    return all;
  }();
  return kinds;
}

FaultKind no_fault(const FaultKind& like) {
  return {.name = "none",
          .about = {},
          .kind = Kind::none,
          .lock_connection = like.lock_connection,
          .exits = {0},
          .flags = like.lock_connection ? kNoHeartbeats : std::vector<std::string>{}};
}

}  // namespace dbmigrate::faults
