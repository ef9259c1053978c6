// The process that outlives a temporary server's owner for as long as cleaning up takes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "embedded/descriptor.hpp"
#include "embedded/launch.hpp"
#include "embedded/private_directory.hpp"

namespace dbmigrate {

/// Ends the server at once and removes its directories when this object goes, or when this process does.
class Guard {
 public:
  /// Starts the server under a new guard process, its output going to `log_file`. Throws Error{out_of_resources}.
  Guard(const Launch& server, const std::filesystem::path& log_file,
        const std::vector<const PrivateDirectory*>& directories);
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { end(); }

  /// Returns when the guard has ended: true when it did its work, false when something ended it before.
  bool end();

  /// What the guard says; waits for it up to `limit_ms`. False when it said nothing.
  [[nodiscard]] bool next_report(KeeperReport& report, int limit_ms) const;

 private:
  Descriptor life_;  ///< its closing, by us or by the kernel, is what the guard waits for
  Descriptor reports_;
  pid_t pid_ = -1;
};

}  // namespace dbmigrate
