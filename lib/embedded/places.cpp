// The usual directories of a user and of root.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/places.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

/// Empty unless it is set to an absolute path; a relative one would mean another place in each directory.
fs::path absolute_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
}

fs::path home_directory() {
  if (auto home = absolute_from("HOME"); !home.empty()) return home;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr && entry.pw_dir[0] == '/' ? fs::path(entry.pw_dir) : fs::path();
}

fs::path cache_directory() {
  if (geteuid() == 0) return "/var/cache/dbmigrate";  // reachable for the user that the server runs as
  if (auto cache = absolute_from("XDG_CACHE_HOME"); !cache.empty()) return cache / "dbmigrate";
  const auto home = home_directory();
  return home.empty() ? fs::path() : home / ".cache" / "dbmigrate";
}

}  // namespace

Places standard_places() {
  auto temporary = absolute_from("TMPDIR");
  return {.temporary = temporary.empty() ? fs::path("/tmp") : temporary,
          .memory = temporary.empty() ? fs::path("/dev/shm") : fs::path(),  // who names a place means it
          .cache = cache_directory(),
          .state = "/var/lib/dbmigrate"};
}

}  // namespace dbmigrate
