// mkdtemp and a lock; the lock says whether anybody is left who would clean up.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/private_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string>
#include <system_error>

#include "core/log.hpp"
#include "embedded/descriptor.hpp"
#include "embedded/failure.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "dbmigrate-pg-";
constexpr std::time_t kTimeToLock = 60;  // seconds between mkdtemp and the lock, on the slowest of machines

fs::path make_temporary(const fs::path& parent) {
  std::string pattern = (parent / fmt::format("{}XXXXXX", kPrefix)).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    fail_by_system(fmt::format("cannot create a directory in {}", parent.string()), errno,
                   "Point TMPDIR at a directory that you may write to.");
  }
  return pattern;
}

/// Held by nobody, so whoever made it is gone. Its own descriptor keeps the lock while the directory is removed.
bool is_abandoned(const fs::path& path, const ServerUser& owner, Descriptor& held) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  if (info.st_uid != owner.uid && info.st_uid != geteuid()) return false;
  held = Descriptor(open((path / "lock").c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!held) return errno == ENOENT && std::time(nullptr) - info.st_mtime > kTimeToLock;
  return flock(held.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

PrivateDirectory::PrivateDirectory(const fs::path& parent, const ServerUser& owner) {
  // A sweeping process may see the directory before it is locked, so what was locked has to be there still.
  while (!lock_.is_open()) {
    path_ = make_temporary(parent);
    try {
      lock_ = LockFile(path_ / "lock", owner);
      if (!lock_.try_lock(LockMode::exclusive) || !lock_.is_current())
        lock_.close();
      else
        make_private_directory(path_, owner);
    } catch (...) {
      std::error_code error;
      if (!fs::exists(path_, error)) continue;
      remove_tree(path_.c_str());
      throw;
    }
  }
}

PrivateDirectory::~PrivateDirectory() {
  if (lock_.is_open()) remove_tree(path_.c_str());
}

void remove_stale_directories(const fs::path& parent, const ServerUser& owner) noexcept {
  try {
    std::error_code error;
    for (auto entry = fs::directory_iterator(parent, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      if (!entry->path().filename().string().starts_with(kPrefix)) continue;
      Descriptor held;
      if (!is_abandoned(entry->path(), owner, held)) continue;
      const bool removed = remove_tree(entry->path().c_str());
      log::info(fmt::format("{} the abandoned {}", removed ? "removed" : "could not remove", entry->path().string()));
    }
  } catch (const std::exception& problem) {
    log::warn(fmt::format("could not look for abandoned directories in {}: {}", parent.string(), problem.what()));
  }
}

}  // namespace dbmigrate
