// Parameters, patience, and the next host.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/open_connection.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "postgres/address.hpp"
#include "postgres/refusal.hpp"

namespace dbmigrate {
namespace {

using Clock = std::chrono::steady_clock;

/// For each host, where connect_timeout is not set.
constexpr long kConnectSeconds = 10;

/// Keywords and values for libpq, ours first where the user's may win, last where ours must.
struct Parameters {
  std::vector<std::string> keywords;
  std::vector<std::string> values;
  void add(std::string keyword, std::string value) {
    keywords.push_back(std::move(keyword));
    values.push_back(std::move(value));
  }
};

Parameters parameters_of(const ConnectionOptions& options) {
  Parameters parameters;
  // A dead network path is noticed in half a minute instead of Linux's two hours.
  parameters.add("keepalives_idle", "10");
  parameters.add("keepalives_interval", "5");
  parameters.add("keepalives_count", "4");
  parameters.add("tcp_user_timeout", "30000");
  if (!options.conninfo.empty()) parameters.add("dbname", options.conninfo);
  parameters.add("application_name", options.application_name);
  parameters.add("client_encoding", "UTF8");
  return parameters;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> list;
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    list.emplace_back(text.substr(0, comma));
    if (comma == text.size()) return list;
    text.remove_prefix(comma + 1);
  }
}

std::string joined_from(const std::vector<std::string>& list, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < list.size(); ++i) text += (i > first ? "," : "") + list[i];
  return text;
}

/// What libpq made of URL, service file and environment.
class Hosts {
 public:
  explicit Hosts(PGconn* handle) {
    std::map<std::string, std::string, std::less<>> values;
    PQconninfoOption* options = PQconninfo(handle);
    for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
      if (option->val != nullptr) values[option->keyword] = option->val;
    }
    PQconninfoFree(options);
    hosts_ = split_list(values["host"]);
    addresses_ = split_list(values["hostaddr"]);
    ports_ = split_list(values["port"]);
    const auto count = std::max(hosts_.size(), addresses_.size());
    const bool in_order = values["load_balance_hosts"].empty() || values["load_balance_hosts"] == "disable";
    if (in_order) count_ = count;
    hosts_.resize(count);
    addresses_.resize(count);
    if (ports_.size() == 1) ports_.resize(count, ports_.front());
    ports_.resize(count);
    constexpr long kForever = 24L * 3600;
    const long seconds = connect_seconds(values["connect_timeout"]).value_or(kConnectSeconds);
    patience_ = std::chrono::seconds(seconds <= 0 ? kForever : std::clamp(seconds, 2L, kForever));
  }

  /// For each of them.
  [[nodiscard]] std::chrono::seconds patience() const { return patience_; }

  /// The one behind the host that libpq stopped at; 0 = there is none, or the order is not known.
  [[nodiscard]] std::size_t next_after(PGconn* handle) const {
    const std::string_view host = PQhost(handle) != nullptr ? PQhost(handle) : "";
    const std::string_view port = PQport(handle) != nullptr ? PQport(handle) : "";
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      if ((hosts_[i].empty() ? addresses_[i] : hosts_[i]) == host && (ports_[i].empty() || ports_[i] == port)) {
        return i + 1;
      }
    }
    return 0;
  }

  void add_from(std::size_t first, Parameters& parameters) const {
    parameters.add("host", joined_from(hosts_, first));
    const bool any_address =
        std::any_of(addresses_.begin(), addresses_.end(), [](const auto& one) { return !one.empty(); });
    if (any_address) parameters.add("hostaddr", joined_from(addresses_, first));
    parameters.add("port", joined_from(ports_, first));
  }

 private:
  std::vector<std::string> hosts_;
  std::vector<std::string> addresses_;
  std::vector<std::string> ports_;
  std::size_t count_ = 0;  ///< 0 = libpq tries them in an order of its own
  std::chrono::seconds patience_{10};
};

void log_notice(void*, const PGresult* notice) {
  const char* text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  log::info(fmt::format("while connecting: {}", text != nullptr ? text : ""));
}

ConnectionHandle begin(const Parameters& parameters) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (std::size_t i = 0; i < parameters.keywords.size(); ++i) {
    keywords.push_back(parameters.keywords[i].c_str());
    values.push_back(parameters.values[i].c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  ConnectionHandle handle(PQconnectStartParams(keywords.data(), values.data(), 1));
  if (!handle) throw refused_connection({.text = "out of memory", .sqlstate = ""});
  keep_secrets(handle.get());
  // libpq would print what a server says before it lets us in.
  PQsetNoticeReceiver(handle.get(), log_notice, nullptr);
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
  return handle;
}

std::string place_of(PGconn* handle) {
  const auto* host = PQhost(handle);
  const auto* port = PQport(handle);
  return fmt::format("{}:{}", host != nullptr ? host : "", port != nullptr ? port : "");
}

/// False when a host has used up its patience: connect_timeout is the caller's business with PQconnectPoll().
bool complete(PGconn* handle, std::chrono::seconds patience, const ConnectionOptions& options) {
  const auto new_deadline = [&] {
    const Clock::time_point deadline = Clock::now() + patience;
    return options.until ? std::min<Clock::time_point>(deadline, *options.until) : deadline;
  };
  auto next = PGRES_POLLING_WRITING;
  auto place = place_of(handle);
  auto deadline = new_deadline();
  while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
    std::array<pollfd, 2> watched{
        pollfd{PQsocket(handle), static_cast<short>(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0},
        pollfd{interrupt_descriptor(), POLLIN, 0}};
    const bool watch_interrupts = options.interruptible && watched[1].fd >= 0;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    poll(watched.data(), watch_interrupts ? 2 : 1, static_cast<int>(left));
    if (watch_interrupts) throw_if_interrupted();
    next = PQconnectPoll(handle);
    if (auto now = place_of(handle); now != place) {
      place = std::move(now);
      deadline = new_deadline();
    }
  }
  return true;
}

}  // namespace

ConnectionHandle open_connection(const ConnectionOptions& options) {
  require_readable(options.conninfo);
  std::string printed;
  auto parameters = parameters_of(options);
  while (true) {
    auto handle = begin(parameters);
    const Hosts hosts(handle.get());
    const bool in_time = PQstatus(handle.get()) == CONNECTION_BAD || complete(handle.get(), hosts.patience(), options);
    keep_secrets(handle.get());
    if (PQstatus(handle.get()) == CONNECTION_OK) {
      require_supported(handle.get());
      PQsetErrorVerbosity(handle.get(), PQERRORS_DEFAULT);
      return handle;
    }
    const std::string_view words = PQerrorMessage(handle.get());
    printed += words;
    if (!in_time) {
      // libpq has begun a sentence about the host, or not yet.
      if (!words.ends_with(": ")) printed += place_of(handle.get()) + ": ";
      printed += "no answer in time (connect_timeout)";
    }
    if (!printed.ends_with('\n')) printed += '\n';
    const auto refusal = refusal_of(printed);
    // What a server says itself, a wrong password for one, the others would say, too.
    const bool elsewhere = refusal_of(words).sqlstate.empty() || refusal.sqlstate == "57P03";
    const bool over = options.until && Clock::now() >= *options.until;
    const auto next = elsewhere && !over ? hosts.next_after(handle.get()) : 0;
    if (next == 0) throw refused_connection(refusal);
    parameters = parameters_of(options);
    hosts.add_from(next, parameters);
  }
}

}  // namespace dbmigrate
