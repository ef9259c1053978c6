// Sockets that are looked at ten times a second, so that everything ends with the test.
// SPDX-License-Identifier: Apache-2.0
#include "fake_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace dbmigrate::tests {
namespace {

constexpr int kLook = 100;  // milliseconds
constexpr std::size_t kLargestMessage = 10'000'000;

std::size_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd socket{socket_, POLLOUT, 0};
    if (stopping_->load()) return false;
    if (poll(&socket, 1, kLook) <= 0) continue;
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Wire::read_exactly(std::string& bytes, std::size_t size) {
  bytes.resize(size);
  for (std::size_t have = 0; have < size;) {
    pollfd socket{socket_, POLLIN, 0};
    if (stopping_->load()) return false;
    if (poll(&socket, 1, kLook) <= 0) continue;
    const auto count = recv(socket_, bytes.data() + have, size - have, 0);
    if (count <= 0) return false;
    have += static_cast<std::size_t>(count);
  }
  return true;
}

std::string Wire::receive() {
  std::string head;
  if (!read_exactly(head, started_ ? 5 : 4)) return {};
  const auto size = number_at(head, started_ ? 1 : 0);
  std::string body;
  if (size < 4 || size > kLargestMessage || !read_exactly(body, size - 4)) return {};
  return head + body;
}

std::string Wire::startup() {
  while (true) {
    auto first = receive();
    if (first.size() < 8) return {};
    const auto code = number_at(first, 4);
    const bool asks_for_encryption = code == 80877103 || code == 80877104;
    if (!asks_for_encryption) {
      started_ = true;
      return first;
    }
    if (!send("N")) return {};
  }
}

void Wire::wait() {
  std::string byte;
  while (read_exactly(byte, 1)) {
  }
}

std::string int16(int number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

std::string int32(long number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

std::string message(char type, std::string_view body) {
  return type + int32(static_cast<long>(body.size()) + 4) + std::string(body);
}

std::string ready() { return message('Z', "I"); }

std::string welcome(std::string_view server_version) {
  const auto parameter = [](std::string_view name, std::string_view value) {
    return message('S', std::string(name) + '\0' + std::string(value) + '\0');
  };
  return message('R', int32(0)) + parameter("server_version", server_version) + parameter("client_encoding", "UTF8") +
         parameter("standard_conforming_strings", "on") + message('K', int32(1) + int32(2)) + ready();
}

std::string row_description(int columns) {
  std::string body = int16(columns);
  for (int i = 0; i < columns; ++i) {
    body += "c" + std::to_string(i) + '\0' + int32(0) + int16(0) + int32(25) + int16(-1) + int32(-1) + int16(0);
  }
  return message('T', body);
}

std::string data_row(const std::vector<std::string>& values) {
  std::string body = int16(static_cast<int>(values.size()));
  for (const auto& value : values) body += int32(static_cast<long>(value.size())) + value;
  return message('D', body);
}

std::string answer(const std::vector<std::string>& values) {
  return row_description(static_cast<int>(values.size())) + data_row(values) +
         message('C', std::string("SELECT 1") + '\0') + ready();
}

std::string error(std::string_view sqlstate, std::string_view text) {
  return message('E', std::string("SERROR") + '\0' + "VERROR" + '\0' + "C" + std::string(sqlstate) + '\0' + "M" +
                          std::string(text) + '\0' + '\0');
}

FakeServer::FakeServer(Behaviour behaviour)
    : behaviour_(std::move(behaviour)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_clients(); });
}

FakeServer::~FakeServer() {
  stopping_ = true;
  thread_.join();
  for (auto& client : clients_) client.join();
  close(listener_);
}

std::string FakeServer::url() const {
  return "postgresql://someone@127.0.0.1:" + std::to_string(port_) + "/nowhere?connect_timeout=2";
}

void FakeServer::accept_clients() {
  while (!stopping_) {
    pollfd listener{listener_, POLLIN, 0};
    if (poll(&listener, 1, kLook) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    clients_.emplace_back([this, client] {
      Wire wire(client, stopping_);
      behaviour_(wire);
      shutdown(client, SHUT_RDWR);
      close(client);
    });
  }
}

}  // namespace dbmigrate::tests
