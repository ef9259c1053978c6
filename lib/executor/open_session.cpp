// The worker's connection, and what it must be able to do.
// SPDX-License-Identifier: Apache-2.0
#include "executor/open_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "postgres/refusal.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {

std::unique_ptr<Session> open_session(const RunOptions& options) {
  auto session = connect({.conninfo = options.conninfo,
                          .application_name = options.identity.application,
                          .until = options.until});
  if (!options.role.empty() && !session->server().pooled) {
    try {
      session->run("SET ROLE " + sql::quote_identifier(options.role));
    } catch (const ServerError& error) {
      throw Error({.code = ErrorCode::missing_privilege,
                   .message = fmt::format("cannot become the role {}", options.role),
                   .detail = fmt::format("The server says: {}.", error.info().message),
                   .hint = "Look at `role` in dbmigrate.yaml; the user that connects must be a member of it.",
                   .sqlstate = error.sqlstate()});
    }
  }
  return session;
}

std::unique_ptr<Session> open_session_patiently(const RunOptions& options, Clock& clock, const RefusalTold& tell) {
  const auto deadline = clock.now() + options.reconnect_for;
  for (int attempt = 1;; ++attempt) {
    try {
      return open_session(options);
    } catch (const Error& error) {
      if (!refusal_passes(error.info()) || clock.now() >= deadline) throw;
      tell(error.info(), attempt);
    }
    pause_before_connecting(clock, attempt);
  }
}

void pause_before_connecting(Clock& clock, int attempt) {
  if (!clock.sleep(Milliseconds{std::min(250L << std::min(attempt, 4), 4'000L)})) throw_if_interrupted();
}

void require_writable(const ServerFacts& server) {
  if (server.in_recovery) {
    throw Error({.code = ErrorCode::read_only_server,
                 .message = "the server is a standby",
                 .detail = "pg_is_in_recovery() says so; nothing can be written there.",
                 .hint = "Connect to the primary; target_session_attrs=read-write in the URL finds it."});
  }
  if (server.read_only) {
    throw Error({.code = ErrorCode::read_only_server,
                 .message = "the database is read-only",
                 .detail = "default_transaction_read_only is on for this user or database.",
                 .hint = "Somebody set that on purpose; take it back before migrating."});
  }
}

}  // namespace dbmigrate
