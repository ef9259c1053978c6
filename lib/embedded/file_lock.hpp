// flock on a file: whoever dies lets go of it, however it died.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>

#include "embedded/descriptor.hpp"
#include "embedded/server_user.hpp"

namespace dbmigrate {

enum class LockMode { shared, exclusive };

/// One open file description, so one holder: a forked child shares it, a second LockFile does not.
class LockFile {
 public:
  LockFile() = default;
  /// Creates the file, mode 0600 and owned by `owner`, where it is missing. Throws Error{file_unreadable}.
  LockFile(const std::filesystem::path& path, const ServerUser& owner);

  /// Does not wait. Converts the lock that is held already, if any.
  [[nodiscard]] bool try_lock(LockMode mode) const;
  void unlock() const;
  /// False once the file was removed or another stands in its place.
  [[nodiscard]] bool is_current() const;
  [[nodiscard]] int descriptor() const { return file_.get(); }
  [[nodiscard]] bool is_open() const { return static_cast<bool>(file_); }
  void close() { file_.reset(); }

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

enum class Interrupts { end_the_wait, are_ignored };

/// Waits until this process holds `path` exclusively and the path still names what it holds.
/// Throws Error{busy} after `patience`, Error{interrupted} or Error{terminated} when it may be interrupted.
LockFile lock_exclusively(const std::filesystem::path& path, const ServerUser& owner,
                          std::chrono::milliseconds patience, Interrupts interrupts);

}  // namespace dbmigrate
