// What a server's keepers share: signals, waiting for every process of a server, and ending them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>

#include "embedded/launch.hpp"

namespace dbmigrate {

/// All of these are async-signal-safe: keepers live in the forked child of a process that may have threads.

/// A session of its own, `/dev/null` as the three streams, SIGINT, SIGTERM and SIGHUP ignored, and SIGCHLD blocked so
/// that it can be waited for. Orphans of the server become children of this process.
void become_keeper(int null) noexcept;

/// Waits for what died; true when `server` was among it, whose wait status goes to `status`.
bool reap(pid_t server, int& status) noexcept;

/// Asks the server to end (SIGINT = fast, SIGQUIT = immediate), and returns when none of its processes is left: a slow
/// fast shutdown becomes an immediate one, and what survives that is killed.
void end_server(pid_t server, int signal, std::chrono::milliseconds limit) noexcept;

}  // namespace dbmigrate
