// The process that keeps a persistent server for as long as anybody uses it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "embedded/descriptor.hpp"
#include "embedded/file_lock.hpp"
#include "embedded/launch.hpp"
#include "embedded/private_directory.hpp"
#include "embedded/project_home.hpp"

namespace dbmigrate {

/// A supervisor belongs to no tool: it lives in a session of its own, runs as the server's user, and is the server's
/// parent. Who uses the server holds `members` shared, and the kernel lets go of that however a process ends; so the
/// supervisor needs nobody to tell it that the last one left. It then takes the mutex, looks again, and stops the
/// server with a fast shutdown, unless `keep` exists. The mutex is held until nothing of the server is left: who joins
/// meanwhile waits and starts a new one. Killed itself, it takes the server along with a fast shutdown.
///
/// Signals: SIGHUP = look now, SIGTERM = stop although others use it.
///
/// The caller holds the mutex and `members`. `server` starts as the user that the supervisor is by then. `running` is
/// the exclusive lock on home.supervisor(), which passes to the supervisor. Returns where reports arrive; end of file
/// there means that the supervisor ended.
Descriptor start_supervisor(const ProjectHome& home, const Launch& server, LockFile running,
                            std::optional<PrivateDirectory> sockets);

}  // namespace dbmigrate
