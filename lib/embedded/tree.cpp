// Directory trees through descriptors, so that nobody can swap a directory for a link half-way.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "embedded/descriptor.hpp"
#include "embedded/failure.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kRounds = 100;  // files that a dying server still writes appear behind our back
constexpr std::size_t kChunk = std::size_t{1} << 20;

bool is_dot(const char* name) { return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0; }

bool empty_directory(int directory) noexcept;

bool remove_entry(int directory, const char* name) noexcept {
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  const int inner = openat(directory, name, kOpenDirectory);
  if (inner < 0) return false;
  const bool emptied = empty_directory(inner);
  close(inner);
  return emptied && (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

/// One pass; reading a directory while it shrinks may miss entries, so callers look again.
bool remove_entries(int directory, bool& found) noexcept {
  alignas(dirent64) std::array<char, 4096> buffer;
  bool removed = true;
  lseek(directory, 0, SEEK_SET);
  while (true) {
    const auto size = syscall(SYS_getdents64, directory, buffer.data(), buffer.size());
    if (size <= 0) return removed && size == 0;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      if (is_dot(entry->d_name)) continue;
      found = true;
      removed = remove_entry(directory, entry->d_name) && removed;
    }
  }
}

bool empty_directory(int directory) noexcept {
  for (int round = 0; round < kRounds; ++round) {
    bool found = false;
    if (!remove_entries(directory, found)) return false;
    if (!found) return true;
  }
  return false;
}

[[noreturn]] void fail(const char* doing, const std::string& name) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{} {}", doing, name));
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Listing = std::unique_ptr<DIR, CloseDirectory>;

Listing list(int directory, const std::string& name) {
  const int copy = openat(directory, ".", kOpenDirectory);
  DIR* stream = copy < 0 ? nullptr : fdopendir(copy);
  if (stream == nullptr) fail("cannot list", name);
  return Listing(stream);
}

void give_to(int file, const ServerUser& owner, const std::string& name) {
  if (owner.switches && fchown(file, owner.uid, owner.gid) != 0) fail("cannot change the owner of", name);
}

void write_all(int to, const char* data, std::size_t size, const std::string& name) {
  while (size > 0) {
    const auto count = write(to, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write", name);
    data += count;
    size -= static_cast<std::size_t>(count);
  }
}

/// Across file systems, and where the kernel has no copying of its own.
void copy_through_memory(int from, int to, const std::string& name) {
  std::vector<char> buffer(kChunk);
  while (true) {
    const auto count = read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read", name);
    if (count == 0) return;
    write_all(to, buffer.data(), static_cast<std::size_t>(count), name);
  }
}

void copy_content(int from, int to, const std::string& name) {
  while (true) {
    const auto count = copy_file_range(from, nullptr, to, nullptr, kChunk * 64, 0);
    if (count > 0) continue;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO)) fail("cannot write", name);
    // Both offsets moved along, so this goes on where the kernel stopped, and finds nothing left where it finished.
    return copy_through_memory(from, to, name);
  }
}

void copy_file(int from_directory, int to_directory, const char* name, const ServerUser& owner) {
  const Descriptor from(openat(from_directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!from) fail("cannot read", name);
  const Descriptor to(openat(to_directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) fail("cannot create", name);
  copy_content(from.get(), to.get(), name);
  give_to(to.get(), owner, name);
}

void copy_directory(int from, int to, const ServerUser& owner, const std::string& name) {
  const Listing entries = list(from, name);
  while (const dirent* entry = readdir(entries.get())) {
    if (is_dot(entry->d_name)) continue;
    struct stat info {};
    if (fstatat(from, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) fail("cannot look at", entry->d_name);
    if (S_ISREG(info.st_mode)) {
      copy_file(from, to, entry->d_name, owner);
      continue;
    }
    if (!S_ISDIR(info.st_mode)) {
      errno = EINVAL;
      fail("not a plain file or directory:", entry->d_name);
    }
    if (mkdirat(to, entry->d_name, 0700) != 0) fail("cannot create", entry->d_name);
    const Descriptor inner_from(openat(from, entry->d_name, kOpenDirectory));
    const Descriptor inner_to(openat(to, entry->d_name, kOpenDirectory));
    if (!inner_from || !inner_to) fail("cannot open", entry->d_name);
    copy_directory(inner_from.get(), inner_to.get(), owner, entry->d_name);
  }
  give_to(to, owner, name);  // last: a directory that is someone else's already is harder to fill
}

}  // namespace

bool remove_tree(const char* path) noexcept { return remove_entry(AT_FDCWD, path); }

void copy_tree(const fs::path& from, const fs::path& to, const ServerUser& owner) {
  const Descriptor source(open(from.c_str(), kOpenDirectory));
  if (!source) fail("cannot open", from.string());
  if (mkdir(to.c_str(), 0700) != 0) fail("cannot create", to.string());
  const Descriptor target(open(to.c_str(), kOpenDirectory));
  if (!target) fail("cannot open", to.string());
  copy_directory(source.get(), target.get(), owner, to.string());
}

std::uintmax_t size_on_disk(const fs::path& directory) {
  std::uintmax_t bytes = 0;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(directory, fs::directory_options::skip_permission_denied, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    struct stat info {};
    if (lstat(entry->path().c_str(), &info) == 0) bytes += static_cast<std::uintmax_t>(info.st_blocks) * 512;
    entry.increment(error);
  }
  return bytes;
}

void make_private_directory(const fs::path& path, const ServerUser& owner) {
  const bool created = mkdir(path.c_str(), 0700) == 0;
  if (!created && errno != EEXIST) {
    fail_by_system(fmt::format("cannot create {}", path.string()), errno, "Look at the directory above it.");
  }
  const Descriptor directory(open(path.c_str(), kOpenDirectory));
  struct stat info {};
  if (!directory || fstat(directory.get(), &info) != 0) {
    fail_by_system(fmt::format("cannot use {} as a directory", path.string()), errno, "Remove what stands there.");
  }
  // Root's own is one that an earlier run created and had no time to hand over.
  const bool to_hand_over = owner.switches && info.st_uid == 0;
  if (to_hand_over && fchown(directory.get(), owner.uid, owner.gid) != 0) {
    const int reason = errno;
    if (created) rmdir(path.c_str());
    fail_by_system(fmt::format("cannot give {} to user {}", path.string(), owner.name), reason,
                   "Use a file system that has owners.");
  }
  if ((info.st_uid != owner.uid && !to_hand_over) || fchmod(directory.get(), 0700) != 0) {
    fail_by_system(fmt::format("{} belongs to another user", path.string()), EPERM,
                   fmt::format("It has to belong to {} alone.", owner.name));
  }
}

bool is_owned_directory(const fs::path& path, uid_t owner) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == owner &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace dbmigrate
