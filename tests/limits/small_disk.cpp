// tmpfs in a mount namespace of our own.
// SPDX-License-Identifier: Apache-2.0
#include "limits/small_disk.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace dbmigrate::limits {
namespace {

[[noreturn]] void fail(const char* doing, const std::filesystem::path& folder) {
  throw std::runtime_error(fmt::format("cannot {} {}: {}", doing, folder.string(), std::strerror(errno)));
}

}  // namespace

bool can_mount() {
  static const bool can =
      geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return can;
}

SmallDisk::SmallDisk(std::filesystem::path folder, int megabytes, const ServerUser& user)
    : folder_(std::move(folder)), owner_(fmt::format(",mode=0700,uid={},gid={}", user.uid, user.gid)) {
  std::filesystem::create_directories(folder_);
  const auto options = fmt::format("size={}m{}", megabytes, owner_);
  if (mount("tmpfs", folder_.c_str(), "tmpfs", 0, options.c_str()) != 0) fail("mount", folder_);
}

SmallDisk::~SmallDisk() { umount2(folder_.c_str(), MNT_DETACH); }

void SmallDisk::enlarge(int megabytes) const { remount(0, fmt::format("size={}m", megabytes)); }

void SmallDisk::make_read_only() const { remount(MS_RDONLY, ""); }

void SmallDisk::remount(unsigned long flags, const std::string& options) const {
  if (mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) != 0) fail("remount", folder_);
}

}  // namespace dbmigrate::limits
