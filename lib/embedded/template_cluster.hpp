// New clusters, copied from one that was initialised once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "embedded/server_binaries.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {

struct ClusterOptions {
  std::string locale = "C";
  std::string encoding = "UTF8";
  std::string icu_locale;  ///< needs a server from 15; empty = the system's library collates
};

enum class ClusterOrigin {
  cached_template,  ///< copied from a template of an earlier run
  new_template,     ///< initdb ran, and its result is kept for the next one
  initdb,           ///< initdb ran here, since no template can be kept
};

/// Makes the new directory `data` a cluster owned by `user`, superuser `postgres`, authentication `trust`: the
/// directory above it has to be closed to everyone else, and be the user's. `cache` empty = keep no template. Not
/// flushed to disk. Throws Error{cannot_connect} with initdb's words, Error{out_of_resources}.
ClusterOrigin create_cluster(const ServerBinaries& binaries, const ClusterOptions& options, const ServerUser& user,
                             const std::filesystem::path& cache, const std::filesystem::path& data);

/// Where the template of such clusters stands: one for each server build, set of options and user.
std::filesystem::path template_directory(const ServerBinaries& binaries, const ClusterOptions& options,
                                         const ServerUser& user, const std::filesystem::path& cache);

/// What initdb is called with, the data directory left out.
std::vector<std::string> initdb_arguments(const ClusterOptions& options);

}  // namespace dbmigrate
