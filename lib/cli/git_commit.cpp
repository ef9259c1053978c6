// HEAD, then the branch's file or packed-refs.
// SPDX-License-Identifier: Apache-2.0
#include "cli/git_commit.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

std::string content_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return "";
  try {
    std::string text = read_file(file);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  } catch (const Error&) {
    return "";  // what cannot be read is not known
  }
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The repository's folder; a worktree has a file there that names it.
fs::path repository_above(fs::path directory) {
  std::error_code error;
  for (directory = fs::absolute(directory, error); !error; directory = directory.parent_path()) {
    const fs::path git = directory / ".git";
    if (fs::is_directory(git, error)) return git;
    if (const std::string text = content_of(git); text.starts_with("gitdir: ")) return directory / text.substr(8);
    if (directory == directory.parent_path()) break;
  }
  return {};
}

std::string packed_reference(const fs::path& repository, std::string_view name) {
  std::istringstream lines(content_of(repository / "packed-refs"));
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    if (space != std::string::npos && std::string_view(line).substr(space + 1) == name) return line.substr(0, space);
  }
  return "";
}

}  // namespace

std::string git_commit_of(const fs::path& directory) {
  const fs::path repository = repository_above(directory);
  if (repository.empty()) return "";
  std::string head = content_of(repository / "HEAD");
  constexpr std::string_view kReference = "ref: ";
  if (head.starts_with(kReference)) {
    const std::string name = head.substr(kReference.size());
    fs::path common = repository;
    if (const std::string text = content_of(repository / "commondir"); !text.empty()) common = repository / text;
    head = content_of(common / name);
    if (head.empty()) head = packed_reference(common, name);
  }
  return is_commit(head) ? head : "";
}

}  // namespace dbmigrate
