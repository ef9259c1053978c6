// Connecting for a run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/clock.hpp"
#include "executor/run_options.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Opens the worker's connection with the role set. Also for commands that only read.
std::unique_ptr<Session> open_session(const RunOptions& options);

/// Opens it for a run: while the server has no connection free, starts or recovers, again, as long as a lost server
/// would be tried for. `tell` hears of each refusal.
using RefusalTold = std::function<void(const ErrorInfo& refusal, int attempt)>;
std::unique_ptr<Session> open_session_patiently(const RunOptions& options, Clock& clock, const RefusalTold& tell);

/// Pauses before the next attempt to connect; throws Error{interrupted|terminated}.
void pause_before_connecting(Clock& clock, int attempt);

/// Throws Error{read_only_server} on a standby or a read-only database.
void require_writable(const ServerFacts& server);

}  // namespace dbmigrate
