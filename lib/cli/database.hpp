// The database that a command talks to: found from the settings, announced, and read.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "embedded/project_server.hpp"
#include "executor/executor.hpp"
#include "ledger/ledger.hpp"

namespace dbmigrate {

/// One a command. Connects when it is first asked for something that needs a connection; says on stderr which database
/// that is.
class Database {
 public:
  /// Sends nothing. `context` outlives it. `until`: when waiting for the server is given up; empty = never.
  Database(Context& context, std::string command,
           std::optional<std::chrono::steady_clock::time_point> until = std::nullopt);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// For reading. Throws Error{cannot_connect} and what open_session() throws.
  Session& session();
  /// For changing. The same, but a server that has no connection free, starts or recovers is tried for again; throws
  /// Error{read_only_server}.
  Session& session_for_run();
  Ledger& ledger();
  /// The version table, read once.
  const LedgerState& state();

  /// For a run; starts the embedded server where the URL asks for it.
  const RunOptions& run_options();
  /// Gives the connection away to a run, which is then the one to talk on it.
  std::unique_ptr<Session> take_session();

 private:
  void announce(const ServerFacts& server);

  Context& context_;
  std::string command_;
  std::optional<std::chrono::steady_clock::time_point> until_;
  std::optional<ProjectServer> embedded_;
  std::optional<RunOptions> options_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Ledger> ledger_;
  std::optional<LedgerState> state_;
};

/// Who runs, and what: for the history.
RunIdentity identity_of(Context& context, std::string command, std::string change);

}  // namespace dbmigrate
