// Runs git itself: renames, attributes and sparse work trees are its business.
// SPDX-License-Identifier: Apache-2.0
#include "cli/git_changes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

struct Output {
  int status = 0;
  std::string out;
};

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return text;
    }
  }
}

/// stderr goes into the same text: it is git's own reason when it fails.
Output run_git(const fs::path& directory, std::vector<std::string> words, bool with_errors) {
  words.insert(words.begin(), {"git", "-C", directory.string()});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {.status = -1, .out = std::strerror(errno)};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    if (with_errors) ::dup2(ends[1], STDERR_FILENO);
    ::execvp("git", arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  Output output{.status = -1, .out = child < 0 ? "" : read_all(ends[0])};
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0) output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

[[noreturn]] void fail(const std::string& reference, const Output& output) {
  constexpr int kNotFound = 127;
  auto reason = output.out.substr(0, output.out.find('\n'));
  if (output.status == kNotFound || reason.empty()) reason = "git cannot be run";
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("git cannot tell what is new since {}", reference),
               .detail = fmt::format("It says: {}.", reason),
               .hint = "Name a branch, a tag or a commit that the migrations' repository has; in CI, fetch it first."});
}

void add_names(const std::string& text, const fs::path& root, std::vector<fs::path>& files) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\0', begin), text.size());
    std::error_code unknown;
    if (end > begin) files.push_back(fs::weakly_canonical(root / text.substr(begin, end - begin), unknown));
    begin = end + 1;
  }
}

}  // namespace

std::vector<fs::path> files_added_since(const fs::path& directory, const std::string& reference) {
  const auto checked =
      run_git(directory, {"rev-parse", "--verify", "--quiet", "--end-of-options", reference + "^{commit}"}, false);
  const auto base = run_git(directory, {"merge-base", "HEAD", reference}, true);
  if (checked.status != 0 || base.status != 0) {
    fail(reference, checked.status != 0 ? Output{checked.status, "it knows no such commit"} : base);
  }
  const auto ancestor = base.out.substr(0, base.out.find('\n'));
  const auto changed = run_git(
      directory, {"diff", "--name-only", "--no-renames", "--diff-filter=A", "-z", "--relative", ancestor, "--", "."},
      false);
  const auto unknown = run_git(directory, {"ls-files", "--others", "--exclude-standard", "-z", "--", "."}, false);
  if (changed.status != 0 || unknown.status != 0) fail(reference, changed);
  std::vector<fs::path> files;
  add_names(changed.out, directory, files);
  add_names(unknown.out, directory, files);
  return files;
}

}  // namespace dbmigrate
