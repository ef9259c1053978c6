// Locks that are polled, so that an interruption ends the wait.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "embedded/failure.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;

LockFile::LockFile(const fs::path& path, const ServerUser& owner)
    : path_(path), file_(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)) {
  if (!file_) fail_by_system(fmt::format("cannot open {}", path.string()), errno, "Look at its owner and permissions.");
  if (owner.switches && fchown(file_.get(), owner.uid, owner.gid) != 0) {
    fail_by_system(fmt::format("cannot give {} to user {}", path.string(), owner.name), errno,
                   "Run as a user who owns the directory.");
  }
}

bool LockFile::try_lock(LockMode mode) const {
  const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  while (flock(file_.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) {
      fail_by_system(fmt::format("cannot lock {}", path_.string()), errno,
                     "Keep it on a file system that has locks, not on a share without them.");
    }
  }
  return true;
}

void LockFile::unlock() const { flock(file_.get(), LOCK_UN); }

bool LockFile::is_current() const {
  struct stat held {};
  struct stat named {};
  return fstat(file_.get(), &held) == 0 && lstat(path_.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

LockFile lock_exclusively(const fs::path& path, const ServerUser& owner, std::chrono::milliseconds patience,
                          Interrupts interrupts) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  LockFile lock(path, owner);
  while (true) {
    if (lock.try_lock(LockMode::exclusive)) {
      if (lock.is_current()) return lock;
      lock = LockFile(path, owner);  // removed while we waited: what we hold guards nothing
      continue;
    }
    if (interrupts == Interrupts::end_the_wait) throw_if_interrupted();
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error({.code = ErrorCode::busy,
                   .message = "another process is starting or stopping this embedded server",
                   .detail = fmt::format("{} stayed locked for {} s.", path.string(), patience.count() / 1000),
                   .hint = "Try again when it has finished."});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

}  // namespace dbmigrate
