// What libpq quotes in its complaints is looked at first.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <system_error>

#include "core/error.hpp"
#include "core/log.hpp"

namespace dbmigrate {
namespace {

/// PgBouncer's query_wait_timeout is two minutes; whoever waits there is answered by the pooler itself.
constexpr std::chrono::seconds kPoolerPatience{150};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// Empty where it has no value.
std::string_view value_of(const Options& options, std::string_view keyword) {
  for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->keyword == keyword && option->val != nullptr) return option->val;
  }
  return {};
}

/// One line; what stands in quotes becomes `…`, unless it is a separator that is missing.
std::string without_quoted_parts(std::string_view text) {
  std::string plain;
  std::string inside;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      if (quoted) plain += inside.size() == 1 && inside.find_first_of("=:]/?&") == 0 ? "\"" + inside + "\"" : "\"…\"";
      inside.clear();
      quoted = !quoted;
    } else if (c != '\n') {
      (quoted ? inside : plain) += c;
    }
  }
  return plain;
}

}  // namespace

void require_readable(const std::string& conninfo) {
  if (conninfo.empty()) return;
  char* reason = nullptr;
  const Options options(PQconninfoParse(conninfo.c_str(), &reason));
  const std::string why = reason != nullptr ? without_quoted_parts(reason) : "";
  PQfreemem(reason);
  if (options) return;
  throw Error({.code = ErrorCode::invalid_config,
               .message = "the address of the database cannot be read",
               .detail = fmt::format("libpq says: {}.", why.empty() ? "out of memory" : why),
               .hint = "In a URL write %20 for a blank, %40 for @, %2F for / and %25 for %; in a conninfo string put "
                       "single quotes around a value with blanks."});
}

void keep_secrets(PGconn* handle) {
  const Options options(PQconninfo(handle));
  for (const std::string_view keyword :
       {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}) {
    log::add_secret(std::string(value_of(options, keyword)));
  }
  // A password file is read late, for the host that was chosen.
  const char* password = PQpass(handle);
  log::add_secret(password != nullptr ? password : "");
}

std::optional<long> connect_seconds(std::string_view connect_timeout) {
  if (connect_timeout.empty()) return std::nullopt;
  long seconds = 0;
  const auto* const text_end = connect_timeout.data() + connect_timeout.size();
  const auto [end, error] = std::from_chars(connect_timeout.data(), text_end, seconds);
  if (error == std::errc{} && end == text_end) return seconds;
  throw Error({.code = ErrorCode::invalid_config,
               .message = fmt::format("connect_timeout is \"{}\"", connect_timeout),
               .detail = "It takes a whole number of seconds.",
               .hint = "Correct it in the URL, the service file or PGCONNECT_TIMEOUT."});
}

Milliseconds first_answer_within(PGconn* handle) {
  const Options options(PQconninfo(handle));
  const auto seconds = connect_seconds(value_of(options, "connect_timeout"));
  if (!seconds) return kPoolerPatience;
  constexpr long kLongest = 24L * 3600;
  return *seconds <= 0 ? Milliseconds{0} : std::chrono::seconds(std::clamp(*seconds, 2L, kLongest));
}

void require_supported(const PGconn* handle) {
  if (PQserverVersion(handle) >= 130000) return;
  const char* version = PQparameterStatus(handle, "server_version");
  throw Error({.code = ErrorCode::server_unsupported,
               .message = fmt::format("PostgreSQL {} is too old", version != nullptr ? version : "of no version"),
               .detail = "dbmigrate relies on what PostgreSQL 13 brought (64-bit transaction ids, for one).",
               .hint = "Upgrade the server to one of PostgreSQL 13 to 18."});
}

}  // namespace dbmigrate
