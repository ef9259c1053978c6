// A proxy between PostgreSQL and its clients that does something at one chosen message.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "faults/protocol.hpp"

namespace dbmigrate::faults {

/// Where to listen or whom to call: a folder for a Unix socket, or HOST for TCP.
struct Endpoint {
  std::string host;  ///< begins with `/`: the folder of `.s.PGSQL.PORT`
  std::string port = "5432";

  [[nodiscard]] bool is_unix() const { return host.starts_with('/'); }
};

/// `/folder`, `/folder:5433`, `host:5432`. Throws std::runtime_error.
Endpoint endpoint_of(const std::string& text);

struct Fault {
  enum class Kind {
    none,
    cut,               ///< the message is not delivered, both sides are closed
    half_open,         ///< the message is not delivered, the client's side is closed, the server is told nothing
    black_hole,        ///< from the message on nothing is delivered, both sides stay open
    delay,             ///< the message waits, and what is behind it
    deliver_then_cut,  ///< the message is delivered, then both sides are closed
    hook,              ///< something is done elsewhere, then the message is delivered
  };
  enum class Scope {
    all,  ///< every connection: the network, or one of the two machines
    one,  ///< the connection that the message was on
  };
  enum class Later { refuse, accept };  ///< connections after the fault; delay and hook accept them always

  Kind kind = Kind::none;
  long at = 0;  ///< the number of the message, from 1
  Scope scope = Scope::all;
  Later later = Later::refuse;
  std::chrono::milliseconds delay{0};
  std::function<void()> hook;
};

/// Which connections are numbered, by their application_name; the others pass, and share the fate of all.
using Counts = std::function<bool(const std::string& application)>;

/// Not for several threads. Everything happens inside step().
class Proxy {
 public:
  /// Listens at once. Throws std::runtime_error.
  Proxy(Endpoint listen, Endpoint upstream);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Closes every connection and begins to number anew.
  void arm(Fault fault, Counts counts = {});
  /// Called for each numbered message before anything is done with it.
  void on_message(std::function<void(long number, const Message&)> watcher) { watcher_ = std::move(watcher); }

  /// Waits for traffic, `patience` at most, and passes it on. `wake`: a descriptor whose end of file ends the wait too.
  void step(std::chrono::milliseconds patience, int wake = -1);

  /// How many messages were numbered since arm().
  [[nodiscard]] long count() const { return count_; }
  [[nodiscard]] bool hit() const { return hit_; }
  /// How many connections that are not numbered had been made when it was hit.
  [[nodiscard]] long others_before_hit() const { return others_before_hit_; }
  /// `cut before #147 B CommandComplete INSERT 0 1`; empty when not hit.
  [[nodiscard]] const std::string& what_was_hit() const { return description_; }

 private:
  struct Connection;
  void accept_client();
  void receive(Connection& connection, Side from);
  void pass_on(Connection& connection, Side from);
  void deliver(Connection& connection, const Message& message);
  bool strike(Connection& connection, const Message& message);
  void strike_connections(Connection& connection);
  static void flush(Connection& connection, Side to);
  void close_finished();

  Endpoint listen_;
  Endpoint upstream_;
  int listener_ = -1;
  std::list<std::unique_ptr<Connection>> connections_;
  Fault fault_;
  Counts counts_;
  std::function<void(long, const Message&)> watcher_;
  long count_ = 0;
  long others_ = 0;
  long others_before_hit_ = 0;
  bool hit_ = false;
  std::string description_;
};

/// What a fault does, in words: `cut before`, `client cut off before` …
std::string words_of(Fault::Kind kind);

}  // namespace dbmigrate::faults
