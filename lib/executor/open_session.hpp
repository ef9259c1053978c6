// Connecting for a run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "executor/run_options.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Opens the worker's connection with the role set. Also for commands that only read.
std::unique_ptr<Session> open_session(const RunOptions& options);

/// Throws Error{read_only_server} on a standby or a read-only database.
void require_writable(const ServerFacts& server);

}  // namespace dbmigrate
