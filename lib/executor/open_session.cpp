// The worker's connection, and what it must be able to do.
// SPDX-License-Identifier: Apache-2.0
#include "executor/open_session.hpp"

#include <fmt/format.h>

#include "sql/quote.hpp"

namespace dbmigrate {

std::unique_ptr<Session> open_session(const RunOptions& options) {
  auto session = connect({.conninfo = options.conninfo, .application_name = options.identity.application});
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
