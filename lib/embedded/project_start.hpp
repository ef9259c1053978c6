// Starting a project's server, with the mutex held.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "embedded/file_lock.hpp"
#include "embedded/places.hpp"
#include "embedded/project_home.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate {

/// Whether a supervisor, and so the server or what is left of it, is there.
bool is_supervised(const ProjectHome& home);

/// Makes the data directory if there is none; refuses one of another major version with Error{server_missing}.
void prepare_data(const ProjectHome& home, const ServerBinaries& binaries, const Places& places);

/// Starts the server unless it runs, and waits until it answers. The caller holds the mutex and the members' lock.
/// Returns the directory of its socket. Throws as ProjectServer::attach does.
std::filesystem::path ensure_running(const ProjectHome& home, const ServerBinaries& binaries);

}  // namespace dbmigrate
