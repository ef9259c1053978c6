// Connecting for a run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/clock.hpp"
#include "executor/run_options.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Opens the worker's connection with the role set. Also for commands that only read. After a silence it asks, on a
/// connection of its own, whether the server is still at work.
std::unique_ptr<Session> open_session(const RunOptions& options);

/// Opens it for a run: while the server has no connection free, starts or recovers, again, as long as a lost server
/// would be tried for. `tell` hears of each refusal.
using RefusalTold = std::function<void(const ErrorInfo& refusal, int attempt)>;
std::unique_ptr<Session> open_session_patiently(const RunOptions& options, Clock& clock, const RefusalTold& tell);

/// Pauses before the next attempt to connect; throws Error{interrupted|terminated}.
void pause_before_connecting(Clock& clock, int attempt);

/// How long a statement may be silent before somebody asks what became of it.
Milliseconds silence_limit(const RunOptions& options);

/// What a new connection learns about the worker's: false = the server has nothing to do for it, so that an answer was
/// swallowed on the way. Empty = it got no answer itself.
std::optional<bool> still_at_work(const RunOptions& options, const ServerFacts& server);

/// Throws Error{read_only_server} on a standby or a read-only database.
void require_writable(const ServerFacts& server);

}  // namespace dbmigrate
