// Files through the system's calls, so that errno says why.
// SPDX-License-Identifier: Apache-2.0
#include "core/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, std::string_view verb, int reason) {
  throw Error({.code = ErrorCode::file_unreadable,
               .message = fmt::format("cannot {} {}", verb, path_for_people(path)),
               .detail = fmt::format("The system says: {}.", std::strerror(reason)),
               .hint = "Look at the path and its permissions.",
               .at = Location{.file = path_for_people(path)}});
}

[[noreturn]] void refuse(const fs::path& path, std::string_view what, std::string detail) {
  throw Error({.code = ErrorCode::file_unreadable,
               .message = fmt::format("{} {}", path_for_people(path), what),
               .detail = std::move(detail),
               .hint = "Put a file there, or name another.",
               .at = Location{.file = path_for_people(path)}});
}

[[noreturn]] void refuse_large(const fs::path& path, std::size_t most) {
  refuse(path, fmt::format("is larger than {} MB", most / 1'000'000), "Memory for reading it is bounded.");
}

/// Closes on the way out, whichever way that is.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

void write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const auto count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "write", errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t most) {
  // O_NONBLOCK: a pipe without a writer must not hold us up before it is known to be one.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.number < 0) fail(path, "read", errno);
  struct stat info {};
  if (fstat(file.number, &info) != 0) fail(path, "read", errno);
  if (S_ISDIR(info.st_mode)) fail(path, "read", EISDIR);
  if (!S_ISREG(info.st_mode)) refuse(path, "is no regular file", "A pipe or a device stands there.");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > most) refuse_large(path, most);
  std::string content;
  // What the kernel makes up has no size beforehand; one byte more than there is tells the end of any other.
  std::size_t have = 0;
  for (content.resize(size + 1);;) {
    if (have > most) refuse_large(path, most);
    if (have == content.size()) content.resize(2 * have + 65536);
    const auto count = read(file.number, content.data() + have, content.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "read", errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  content.resize(have);
  return content;
}

void write_file(const fs::path& path, std::string_view content, Overwrite overwrite) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) fail(path, "create the folder of", error.value());
  if (overwrite == Overwrite::no && fs::exists(fs::symlink_status(path))) fail(path, "create", EEXIST);
  const fs::path part = path.string() + fmt::format(".{}.partial", getpid());
  {
    const Descriptor file{open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666)};
    if (file.number < 0) fail(path, "write", errno);
    try {
      write_all(file.number, content, path);
      if (fsync(file.number) != 0) fail(path, "write", errno);
    } catch (...) {
      unlink(part.c_str());
      throw;
    }
  }
  if (rename(part.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    unlink(part.c_str());
    fail(path, "write", reason);
  }
}

std::string path_for_people(const fs::path& path) {
  std::error_code error;
  const auto here = fs::current_path(error);
  if (error || path.is_relative()) return path.lexically_normal().string();
  const auto relative = path.lexically_normal().lexically_relative(here);
  if (relative.empty() || *relative.begin() == "..") return path.lexically_normal().string();
  return relative.string();
}

}  // namespace dbmigrate
