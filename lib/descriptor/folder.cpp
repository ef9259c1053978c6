// readdir's d_type saves a stat for each entry, and openat the walk down the path; only links are resolved.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "core/source_text.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

/// PostgreSQL takes no message that is larger.
constexpr off_t kLargestSql = off_t{1} << 30;

[[noreturn]] void fail(const std::string& path, int reason) {
  throw Error({.code = ErrorCode::file_unreadable,
               .message = fmt::format("cannot read {}", path),
               .detail = fmt::format("The system says: {}.", std::strerror(reason)),
               .hint = "Look at the path and its permissions.",
               .at = Location{.file = path}});
}

[[noreturn]] void refuse(std::string message, std::string detail, std::string hint, std::string file) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = Location{.file = std::move(file)}});
}

class OpenFile {
 public:
  OpenFile(int folder, const char* name, int flags) : number_(openat(folder, name, O_RDONLY | O_CLOEXEC | flags)) {}
  ~OpenFile() {
    if (number_ >= 0) close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string read_all(int file, std::size_t size, const std::string& path) {
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto count = read(file, content.data() + have, size - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  content.resize(have);
  return content;
}

FolderEntry::Kind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FolderEntry::Kind::file;
  return S_ISDIR(mode) ? FolderEntry::Kind::folder : FolderEntry::Kind::other;
}

/// Some file systems do not fill d_type in.
FolderEntry entry_of(int folder, const dirent& found) {
  FolderEntry entry{.kind = FolderEntry::Kind::other, .name = found.d_name, .is_link = found.d_type == DT_LNK};
  if (found.d_type == DT_REG) entry.kind = FolderEntry::Kind::file;
  if (found.d_type == DT_DIR) entry.kind = FolderEntry::Kind::folder;
  struct stat info {};
  if (found.d_type == DT_UNKNOWN && fstatat(folder, found.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
    entry.is_link = S_ISLNK(info.st_mode);
    entry.kind = kind_of(info.st_mode);
  }
  if (entry.is_link && fstatat(folder, found.d_name, &info, 0) == 0) entry.kind = kind_of(info.st_mode);
  return entry;
}

std::vector<FolderEntry> list(int folder, const std::string& shown) {
  const int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : fdopendir(copy), closedir);
  if (!stream) {
    const int reason = errno;
    if (copy >= 0) close(copy);
    fail(shown, reason);
  }
  std::vector<FolderEntry> entries;
  errno = 0;
  while (const dirent* found = readdir(stream.get())) {
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") entries.push_back(entry_of(folder, *found));
    errno = 0;
  }
  if (errno != 0) fail(shown, errno);
  return entries;
}

}  // namespace

Folder::Folder(fs::path path, fs::path root)
    : path_(std::move(path)),
      root_(std::move(root)),
      shown_(path_for_people(path_)),
      descriptor_(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail(shown_, errno);
  try {
    entries_ = list(descriptor_, shown_);
  } catch (...) {
    close(descriptor_);
    throw;
  }
  by_name_.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) by_name_.emplace(entries_[i].name, i);
  shown_ = shown_ == "." ? std::string() : shown_.ends_with('/') ? shown_ : shown_ + "/";
}

Folder::~Folder() { close(descriptor_); }

const FolderEntry* Folder::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &entries_[found->second];
}

std::string Folder::shown(std::string_view name) const { return shown_ + std::string(name); }

bool Folder::is_inside(const fs::path& canonical) const {
  return std::mismatch(root_.begin(), root_.end(), canonical.begin(), canonical.end()).first == root_.end();
}

void Folder::check_link(const FolderEntry& entry) const {
  if (!entry.is_link) return;
  const auto shown_name = shown(entry.name);
  std::error_code error;
  const auto target = fs::canonical(path_ / entry.name, error);
  if (error) fail(shown_name, error.value());
  if (is_inside(target)) return;
  refuse(fmt::format("{} leads out of the migrations directory", shown_name),
         fmt::format("It is a link to {}.", target.string()), "Put the file itself there.", shown_name);
}

std::string Folder::bytes(const FolderEntry& file) const {
  const auto shown_name = shown(file.name);
  check_link(file);
  // O_NONBLOCK: a pipe that took the file's place must not hold the command up.
  const OpenFile open_file(descriptor_, file.name.c_str(), O_NONBLOCK | (file.is_link ? 0 : O_NOFOLLOW));
  struct stat info {};
  if (open_file.number() < 0 || fstat(open_file.number(), &info) != 0) fail(shown_name, errno);
  if (!S_ISREG(info.st_mode)) {
    refuse(fmt::format("{} is no regular file", shown_name), "Migrations are read from files only.",
           "Put a file there, or remove it.", shown_name);
  }
  if (info.st_size > kLargestSql) {
    refuse(fmt::format("{} is larger than 1 GiB", shown_name), fmt::format("It has {} bytes.", info.st_size),
           "Split it into several steps, or load the data outside the migration.", shown_name);
  }
  return read_all(open_file.number(), static_cast<std::size_t>(info.st_size), shown_name);
}

SqlText Folder::sql(const FolderEntry& file) const {
  SqlText result;
  result.file = shown(file.name);
  result.text = source_text(bytes(file), result.file, ErrorCode::invalid_descriptor);
  return result;
}

SqlText Folder::named_sql(const yaml::Value& name) {
  const auto& text = name.text();
  const fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute() || text.find('\\') != std::string::npos) {
    name.fail(fmt::format("\"{}\" is no path relative to the descriptor", text),
              "Files stay inside the migrations directory.",
              "Name a file beside the descriptor, with / between folders.");
  }
  if (relative.has_parent_path() || relative == "..") {
    auto distant = distant_sql(name, relative);
    use(relative.string());
    return distant;
  }
  const auto* const entry = find(relative.native());
  if (entry == nullptr || entry->kind != FolderEntry::Kind::file) {
    std::vector<std::string> names;
    for (const auto& known : entries_) {
      if (known.kind == FolderEntry::Kind::file && known.name.ends_with(".sql")) names.push_back(known.name);
    }
    auto hint = did_you_mean(text, names);
    name.fail(entry == nullptr ? fmt::format("there is no file {}", text) : fmt::format("{} is no file", text),
              fmt::format("Looked for {}.", shown(relative.native())),
              hint.empty() ? "Create it, or correct the name." : std::move(hint));
  }
  use(entry->name);
  return sql(*entry);
}

SqlText Folder::distant_sql(const yaml::Value& name, const fs::path& relative) const {
  std::error_code error;
  const auto target = fs::weakly_canonical(path_ / relative, error);
  if (error || !is_inside(target)) {
    name.fail(fmt::format("\"{}\" leads out of the migrations directory", name.text()),
              error ? fmt::format("The system says: {}.", error.message()) : fmt::format("It is {}.", target.string()),
              "Copy the file beside the descriptor, and name it there.");
  }
  if (!fs::is_regular_file(target, error)) {
    name.fail(fmt::format("there is no file {}", name.text()), fmt::format("Looked for {}.", path_for_people(target)),
              "Create it, or correct the name.");
  }
  SqlText result;
  result.file = path_for_people(path_ / relative);
  result.text = source_text(read_file(target), result.file, ErrorCode::invalid_descriptor);
  return result;
}

}  // namespace dbmigrate
