// Reading what a server wrote, and naming what stopped it.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/server_log.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "core/file.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSocketLimit = 90;  // of 107 bytes, the rest for /.s.PGSQL.5432 and the lock file's suffix
constexpr std::size_t kShownLines = 12;

std::string read_from(const fs::path& file, std::uintmax_t offset) {
  try {
    std::string text = read_file(file);
    return offset < text.size() ? text.substr(offset) : std::string();
  } catch (const Error&) {
    return {};
  }
}

struct Reason {
  std::string_view in_the_log;
  std::string_view hint;
};

constexpr std::array<Reason, 6> kReasons{{
    {"No space left on device", "Free some space on that file system."},
    {"could not create shared memory segment", "Raise the kernel's limits of shared memory."},
    {"could not resize shared memory segment", "Give /dev/shm more space (docker run --shm-size)."},
    {"could not create semaphores", "Raise the kernel's limits of semaphores, or stop other servers."},
    {"Cannot allocate memory", "Free some memory, or raise its limit."},
    {"Too many open files", "Raise the limit of open files (ulimit -n)."},
}};

Error failure_in_log(const std::string& text, const fs::path& log_file, int status) {
  const std::string ended = WIFSIGNALED(status) ? fmt::format("It was killed by signal {}.", WTERMSIG(status))
                                                : fmt::format("It ended with status {}.", WEXITSTATUS(status));
  const std::string detail =
      fmt::format("{} {} ends with:\n{}", ended, log_file.string(), last_lines(text, kShownLines));
  for (const auto& [words, hint] : kReasons) {
    if (text.find(words) == std::string::npos) continue;
    return Error({.code = ErrorCode::out_of_resources,
                  .message = "the embedded server ran out of resources as it started",
                  .detail = detail,
                  .hint = std::string(hint)});
  }
  return Error({.code = ErrorCode::cannot_connect,
                .message = "the embedded server did not start",
                .detail = detail,
                .hint = "The last FATAL line says what to change."});
}

}  // namespace

std::optional<ProcessFile> read_process_file(const fs::path& data) {
  std::error_code error;
  if (!fs::exists(data / "postmaster.pid", error)) return std::nullopt;
  return parse_process_file(read_from(data / "postmaster.pid", 0));
}

std::optional<ProcessFile> parse_process_file(std::string_view text) {
  ProcessFile result;
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line == 1) std::from_chars(words.data(), words.data() + words.size(), result.pid);
    if (line == 5) result.socket_directory = words;
    if (line == 8) result.ready = words.starts_with("ready");
  }
  if (result.pid <= 0) return std::nullopt;
  return result;
}

Error start_failure(const KeeperReport& report, const std::string& program, const ServerUser& user, const fs::path& log_file,
                    std::uintmax_t log_offset) {
  const auto system_says = [&] { return fmt::format("The system says: {}.", std::strerror(report.value)); };
  if (report.stage == KeeperReport::Stage::switch_user) {
    return Error({.code = ErrorCode::missing_privilege,
                  .message = fmt::format("cannot become user {}, and PostgreSQL refuses to run as root", user.name),
                  .detail = system_says(),
                  .hint = "Run as an ordinary user, or give root its capabilities SETUID and SETGID."});
  }
  if (report.stage == KeeperReport::Stage::execute) {
    return Error({.code = ErrorCode::server_missing,
                  .message = fmt::format("user {} cannot run {}", user.name, program),
                  .detail = system_says(),
                  .hint = fmt::format("Let user {} enter that directory, or name other binaries with --server-bin.",
                                      user.name)});
  }
  return failure_in_log(read_from(log_file, log_offset), log_file, report.value);
}

bool can_hold_socket(const fs::path& directory) {
  const std::string text = directory.string();
  return text.size() <= kSocketLimit && text.find_first_of(",\"") == std::string::npos && !text.ends_with(' ');
}

std::string socket_url(const fs::path& socket_directory, std::string_view database) {
  const auto encoded = [](std::string_view text, std::string_view plain) {
    std::string result;
    for (const char character : text) {
      const bool letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
      const bool digit = character >= '0' && character <= '9';
      if (letter || digit || plain.find(character) != std::string_view::npos)
        result += character;
      else
        result += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
    return result;
  };
  return fmt::format("postgresql://postgres@/{}?host={}&port=5432", encoded(database, "-._~"),
                     encoded(socket_directory.string(), "-._~/"));
}

}  // namespace dbmigrate
