// A file system of a few megabytes that can be filled and enlarged.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "faults/server.hpp"

namespace dbmigrate::limits {

/// Whether this process may mount one. From the first call on, where it may, its mounts are its own: they are seen by
/// the servers that it starts afterwards, by nobody else, and go with it.
bool can_mount();

/// Memory, mounted over a folder; unmounted at the end.
class SmallDisk {
 public:
  /// `user` owns the folder, which is made where it is missing.
  SmallDisk(std::filesystem::path folder, int megabytes, const ServerUser& user);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void enlarge(int megabytes) const;
  void make_read_only() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  void remount(unsigned long flags, const std::string& options) const;

  std::filesystem::path folder_;
  std::string owner_;
};

}  // namespace dbmigrate::limits
