// One poll() loop over all connections.
// SPDX-License-Identifier: Apache-2.0
#include "faults/proxy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

namespace dbmigrate::faults {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_un unix_address(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = fmt::format("{}/.s.PGSQL.{}", endpoint.host, endpoint.port);
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

template <class Use>
int with_socket(const Endpoint& endpoint, const Use& use) {
  if (endpoint.is_unix()) {
    const auto address = unix_address(endpoint);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket >= 0 && use(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address)) return socket;
    close(socket);
    return -1;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found) != 0) return -1;
  int socket = -1;
  for (const auto* one = found; one != nullptr && socket < 0; one = one->ai_next) {
    socket = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket >= 0 && use(socket, one->ai_addr, one->ai_addrlen)) break;
    close(std::exchange(socket, -1));
  }
  freeaddrinfo(found);
  return socket;
}

void make_ready(int socket, bool tcp) {
  fcntl(socket, F_SETFL, O_NONBLOCK);
  const int on = 1;
  if (tcp) setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

struct Proxy::Connection {
  struct End {
    int socket = -1;
    MessageReader reader;
    std::string outgoing;           ///< for this end
    std::deque<Message> waiting{};  ///< from this end, behind a delayed message
    std::optional<Clock::time_point> delayed_until{};
    bool ended = false;  ///< it sends no more
  };
  End client;
  End server;
  bool counted = false;
  bool started = false;   ///< the StartupMessage was seen
  bool silent = false;    ///< nothing is passed on any more
  bool finished = false;  ///< to be closed

  Connection(int client_socket, int server_socket)
      : client{.socket = client_socket, .reader = MessageReader(Side::frontend), .outgoing = {}},
        server{.socket = server_socket, .reader = MessageReader(Side::backend), .outgoing = {}} {}
  ~Connection() {
    close_client();
    if (server.socket >= 0) close(server.socket);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  End& end(Side side) { return side == Side::frontend ? client : server; }
  End& other(Side side) { return side == Side::frontend ? server : client; }
  void close_client() {
    if (client.socket >= 0) close(std::exchange(client.socket, -1));
  }
};

Endpoint endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  const Endpoint endpoint =
      colon == std::string::npos ? Endpoint{.host = text} : Endpoint{text.substr(0, colon), text.substr(colon + 1)};
  const bool digits =
      std::all_of(endpoint.port.begin(), endpoint.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (endpoint.host.empty() || endpoint.port.empty() || !digits) {
    throw std::runtime_error(fmt::format("\"{}\" is neither FOLDER[:PORT] nor HOST:PORT", text));
  }
  return endpoint;
}

std::string words_of(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::none:
      return "nothing at";
    case Fault::Kind::cut:
      return "cut before";
    case Fault::Kind::half_open:
      return "client cut off before";
    case Fault::Kind::black_hole:
      return "black hole from";
    case Fault::Kind::delay:
      return "delayed at";
    case Fault::Kind::deliver_then_cut:
      return "cut after";
    case Fault::Kind::hook:
      return "hook before";
  }
  return "";
}

Proxy::Proxy(Endpoint listen, Endpoint upstream) : listen_(std::move(listen)), upstream_(std::move(upstream)) {
  if (listen_.is_unix()) std::filesystem::remove(unix_address(listen_).sun_path);
  listener_ = with_socket(listen_, [](int socket, const sockaddr* address, socklen_t size) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(socket, address, size) == 0 && ::listen(socket, 64) == 0;
  });
  if (listener_ < 0) fail(fmt::format("cannot listen at {}:{}", listen_.host, listen_.port));
  fcntl(listener_, F_SETFL, O_NONBLOCK);
}

Proxy::~Proxy() {
  connections_.clear();
  close(listener_);
  if (listen_.is_unix()) unlink(unix_address(listen_).sun_path);
}

void Proxy::arm(Fault fault, Counts counts) {
  connections_.clear();
  fault_ = std::move(fault);
  counts_ = std::move(counts);
  count_ = others_ = others_before_hit_ = 0;
  hit_ = false;
  description_.clear();
}

void Proxy::step(std::chrono::milliseconds patience, int wake) {
  std::vector<pollfd> polled{{listener_, POLLIN, 0}, {wake, POLLIN, 0}};
  std::vector<std::pair<Connection*, Side>> ends;
  for (const auto& connection : connections_) {
    for (const Side side : {Side::frontend, Side::backend}) {
      auto& end = connection->end(side);
      auto& other = connection->other(side);
      constexpr std::size_t kEnough = 1 << 22;
      const bool reads = !end.ended && !connection->silent && other.outgoing.size() < kEnough;
      const int events = (reads ? POLLIN : 0) | (end.outgoing.empty() ? 0 : POLLOUT);
      polled.push_back({events != 0 ? end.socket : -1, static_cast<short>(events), 0});
      ends.emplace_back(connection.get(), side);
      if (end.delayed_until) {
        patience = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*end.delayed_until - Clock::now()),
                              std::chrono::milliseconds{0}, patience);
      }
    }
  }
  poll(polled.data(), polled.size(), static_cast<int>(patience.count()));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    auto& [connection, side] = ends[i];
    const auto seen = polled[i + 2].revents;
    if ((seen & POLLOUT) != 0) flush(*connection, side);
    if ((seen & (POLLIN | POLLHUP | POLLERR)) != 0) receive(*connection, side);
    auto& end = connection->end(side);
    if (end.delayed_until && Clock::now() >= *end.delayed_until) {
      end.delayed_until.reset();
      pass_on(*connection, side);
    }
  }
  if ((polled[0].revents & POLLIN) != 0) accept_client();
  close_finished();
}

void Proxy::accept_client() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const bool over = hit_ && fault_.later == Fault::Later::refuse && fault_.kind != Fault::Kind::delay &&
                    fault_.kind != Fault::Kind::hook;
  const int server = over ? -1 : with_socket(upstream_, [](int socket, const sockaddr* address, socklen_t size) {
    return ::connect(socket, address, size) == 0;
  });
  if (server < 0) {
    close(client);
    return;
  }
  make_ready(client, !listen_.is_unix());
  make_ready(server, !upstream_.is_unix());
  connections_.push_back(std::make_unique<Connection>(client, server));
}

void Proxy::receive(Connection& connection, Side from) {
  auto& end = connection.end(from);
  if (connection.silent || connection.finished || end.ended || end.socket < 0) return;
  std::array<char, 65536> bytes{};
  const auto size = recv(end.socket, bytes.data(), bytes.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    end.ended = true;
    return;
  }
  end.reader.feed({bytes.data(), static_cast<std::size_t>(size)});
  try {
    while (auto message = end.reader.next()) end.waiting.push_back(std::move(*message));
  } catch (const std::runtime_error&) {
    connection.finished = true;
    return;
  }
  pass_on(connection, from);
}

void Proxy::pass_on(Connection& connection, Side from) {
  auto& end = connection.end(from);
  while (!end.waiting.empty() && !end.delayed_until && !connection.silent && !connection.finished) {
    auto& message = end.waiting.front();
    if (message.type == kSslRequest || message.type == kGssRequest) {
      // Encrypted traffic could not be numbered.
      end.outgoing += 'N';
      flush(connection, from);
    } else {
      if (message.type == kStartup || message.type == kCancelRequest) {
        connection.started = true;
        connection.counted =
            !counts_ || (message.type == kStartup && counts_(message.startup_parameter("application_name")));
      }
      if (message.type == kStartup && !connection.counted) ++others_;
      if (connection.counted) {
        ++count_;
        if (watcher_) watcher_(count_, message);
        if (!hit_ && count_ == fault_.at && !strike(connection, message)) continue;
      }
      if (connection.silent || connection.finished) return;
      deliver(connection, message);
    }
    end.waiting.pop_front();
  }
}

void Proxy::deliver(Connection& connection, const Message& message) {
  const Side to = message.side == Side::frontend ? Side::backend : Side::frontend;
  connection.end(to).outgoing += message.bytes;
  flush(connection, to);
}

/// True when the message is to be delivered now.
bool Proxy::strike(Connection& connection, const Message& message) {
  hit_ = true;
  others_before_hit_ = others_;
  description_ = fmt::format("{} #{} {}", words_of(fault_.kind), count_, message.text());
  switch (fault_.kind) {
    case Fault::Kind::none:
      return true;
    case Fault::Kind::hook:
      if (fault_.hook) fault_.hook();
      return true;
    case Fault::Kind::delay:
      connection.end(message.side).delayed_until = Clock::now() + fault_.delay;
      --count_;  // it is looked at again when its time has come
      return false;
    case Fault::Kind::deliver_then_cut:
      deliver(connection, message);
      break;
    case Fault::Kind::cut:
    case Fault::Kind::half_open:
    case Fault::Kind::black_hole:
      break;
  }
  strike_connections(connection);
  return false;
}

void Proxy::strike_connections(Connection& connection) {
  for (const auto& each : connections_) {
    if (fault_.scope == Fault::Scope::one && each.get() != &connection) continue;
    // What came before the message has to be there.
    flush(*each, Side::frontend);
    flush(*each, Side::backend);
    each->silent = true;
    switch (fault_.kind) {
      case Fault::Kind::half_open:
        each->close_client();
        break;
      case Fault::Kind::black_hole:
        break;
      default:
        each->finished = true;
    }
  }
}

void Proxy::flush(Connection& connection, Side to) {
  auto& end = connection.end(to);
  while (!end.outgoing.empty() && end.socket >= 0) {
    const auto size = send(end.socket, end.outgoing.data(), end.outgoing.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) {
      // It is gone; what the other one still says is for nobody.
      end.outgoing.clear();
      end.ended = true;
      return;
    }
    end.outgoing.erase(0, static_cast<std::size_t>(size));
  }
}

void Proxy::close_finished() {
  for (const auto& connection : connections_) {
    if (connection->silent && !connection->finished) continue;  // half open, or in the black hole
    for (const Side side : {Side::frontend, Side::backend}) {
      const auto& end = connection->end(side);
      if (end.ended && end.waiting.empty() && connection->other(side).outgoing.empty()) connection->finished = true;
    }
  }
  connections_.remove_if([](const auto& connection) { return connection->finished; });
}

}  // namespace dbmigrate::faults
