// The worker's connection, and what it must be able to do.
// SPDX-License-Identifier: Apache-2.0
#include "executor/open_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "postgres/refusal.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {

std::optional<bool> still_at_work(const RunOptions& options, const ServerFacts& server) {
  // Behind a pooler any server process may be the one; it bears our name while it works for us.
  const auto which = server.pooled ? "application_name = " + sql::quote_literal(options.identity.application)
                                   : fmt::format("pid = {}", server.backend_pid);
  try {
    const auto probe = connect({.conninfo = options.conninfo,
                                .application_name = options.identity.application + " probe",
                                .answer_within = silence_limit(options),
                                .until = options.until});
    const auto active = probe->query(
        fmt::format("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND {}", which));
    return active.text(0, 0) != "0";
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated) throw;
    log::debug(fmt::format("nothing learnt from a probe: {}", error.info().detail));
  }
  return std::nullopt;
}

Milliseconds silence_limit(const RunOptions& options) {
  return std::clamp(options.idle_timeout, Milliseconds{1'000}, Milliseconds{15'000});
}

std::unique_ptr<Session> open_session(const RunOptions& options) {
  auto session =
      connect({.conninfo = options.conninfo, .application_name = options.identity.application, .until = options.until});
  session->on_silence(silence_limit(options),
                      [options, server = session->server()] { return still_at_work(options, server).value_or(false); });
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
