// Something that listens where a PostgreSQL should, and says whatever a test wants.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dbmigrate::tests {

/// One connection, from the server's side.
class Wire {
 public:
  explicit Wire(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(&stopping) {}

  /// False once the client has gone or the test is over.
  bool send(std::string_view bytes);
  /// The next message with its type byte; the first has none. Empty once the client has gone.
  std::string receive();
  /// Answers requests for encryption with no, and returns the StartupMessage.
  std::string startup();
  /// Says nothing until the client goes or the test is over.
  void wait();

 private:
  bool read_exactly(std::string& bytes, std::size_t size);

  int socket_;
  const std::atomic<bool>* stopping_;
  bool started_ = false;
};

/// A message of the protocol, version 3.
std::string message(char type, std::string_view body);
/// Two bytes, four bytes, in the network's order.
std::string int16(int number);
std::string int32(long number);
/// AuthenticationOk, what a server of this version says of itself, ReadyForQuery.
std::string welcome(std::string_view server_version = "15.4");
/// RowDescription of `columns` columns.
std::string row_description(int columns);
std::string data_row(const std::vector<std::string>& values);
/// One row, CommandComplete, ReadyForQuery.
std::string answer(const std::vector<std::string>& values);
std::string ready();
std::string error(std::string_view sqlstate, std::string_view text);

/// On a port of its own on the loopback interface, until it goes out of scope. Each connection runs `behaviour` on a
/// thread of its own.
class FakeServer {
 public:
  using Behaviour = std::function<void(Wire&)>;
  explicit FakeServer(Behaviour behaviour);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  /// connect_timeout is 2 seconds.
  [[nodiscard]] std::string url() const;

 private:
  void accept_clients();

  Behaviour behaviour_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> clients_;
  std::thread thread_;
};

}  // namespace dbmigrate::tests
