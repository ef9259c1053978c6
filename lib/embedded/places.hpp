// Where an embedded server may keep what it needs outside a project.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dbmigrate {

struct Places {
  std::filesystem::path temporary;  ///< temporary servers
  std::filesystem::path memory;     ///< a file system in memory for small ones; empty = there is none
  std::filesystem::path cache;      ///< cluster templates, kept between runs; empty = none are kept
  std::filesystem::path state;      ///< persistent servers of projects that the server's user cannot reach (root only)
};

/// TMPDIR, or /tmp and /dev/shm; $XDG_CACHE_HOME/dbmigrate or ~/.cache/dbmigrate; as root /var/cache/dbmigrate,
/// /var/lib/dbmigrate.
Places standard_places();

}  // namespace dbmigrate
