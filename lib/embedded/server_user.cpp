// Choosing the unprivileged user, and asking the kernel what it may reach.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/server_user.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace dbmigrate {
namespace {

constexpr uid_t kOverflowUser = 65534;  // the kernel's own number for "nobody"

std::optional<ServerUser> user_named(const char* name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr || entry.pw_uid == 0) return std::nullopt;
  return ServerUser{.uid = entry.pw_uid, .gid = entry.pw_gid, .name = name, .switches = true};
}

bool allowed(const ServerUser& user, const std::filesystem::path& path, int mode) {
  if (!user.switches) return access(path.c_str(), mode) == 0;
  const char* name = path.c_str();
  const pid_t child = fork();
  if (child == 0) _exit(become_user(user.uid, user.gid) && access(name, mode) == 0 ? 0 : 1);
  if (child < 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

ServerUser server_user() {
  if (geteuid() != 0) return user_of(geteuid());
  for (const char* name : {"postgres", "nobody"}) {
    if (auto user = user_named(name)) return *user;
  }
  return user_of(kOverflowUser);
}

ServerUser user_of(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  const bool self = uid == geteuid();
  return {.uid = uid,
          .gid = self               ? getegid()
                 : found != nullptr ? entry.pw_gid
                                    : uid,
          .name = found != nullptr ? std::string(entry.pw_name) : fmt::format("{}", uid),
          .switches = geteuid() == 0 && !self};
}

bool can_use_directory(const ServerUser& user, const std::filesystem::path& directory) {
  return allowed(user, directory, R_OK | W_OK | X_OK);
}

bool can_execute(const ServerUser& user, const std::filesystem::path& file) { return allowed(user, file, X_OK); }

// The system calls themselves: the library's wrappers signal every thread, which a forked child does not have.
bool become_user(uid_t uid, gid_t gid) noexcept {
  return syscall(SYS_setgroups, 0UL, nullptr) == 0 && syscall(SYS_setresgid, gid, gid, gid) == 0 &&
         syscall(SYS_setresuid, uid, uid, uid) == 0;
}

}  // namespace dbmigrate
