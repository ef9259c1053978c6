// One folder of the migrations directory: its entries, read once, and its files, each read with four system calls.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "descriptor/migration.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

struct FolderEntry {
  enum class Kind { file, folder, other } kind = Kind::other;
  std::string name;
  bool is_link = false;
};

class Folder {
 public:
  /// Lists `path`, which lies in the migrations directory `root` (canonical). Throws Error{file_unreadable}.
  Folder(std::filesystem::path path, std::filesystem::path root);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  /// In no order.
  [[nodiscard]] const std::vector<FolderEntry>& entries() const { return entries_; }
  [[nodiscard]] const FolderEntry* find(std::string_view name) const;

  /// `name` in this folder as a user would type it.
  [[nodiscard]] std::string shown(std::string_view name) const;

  /// The file's bytes. Throws Error{file_unreadable}, and Error{invalid_descriptor} for a link that leads out of the
  /// migrations directory.
  [[nodiscard]] std::string bytes(const FolderEntry& file) const;
  /// A file of this folder as SQL.
  [[nodiscard]] SqlText sql(const FolderEntry& file) const;
  /// A file that a descriptor names, relative to this folder. Throws Error{invalid_descriptor} at the name when there
  /// is no such file or it lies outside the migrations directory.
  [[nodiscard]] SqlText named_sql(const yaml::Value& name);

  /// Remembers that a descriptor uses a file of this folder or below.
  void use(std::string name) { used_.insert(std::move(name)); }
  /// `name` is relative to this folder.
  [[nodiscard]] bool is_used(const std::string& name) const { return used_.contains(name); }

  /// Throws Error{invalid_descriptor} when the entry is a link out of the migrations directory.
  void check_link(const FolderEntry& entry) const;

 private:
  [[nodiscard]] SqlText distant_sql(const yaml::Value& name, const std::filesystem::path& relative) const;
  [[nodiscard]] bool is_inside(const std::filesystem::path& canonical) const;

  std::filesystem::path path_;
  std::filesystem::path root_;
  std::string shown_;  ///< with a slash at its end
  int descriptor_ = -1;
  std::vector<FolderEntry> entries_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::unordered_set<std::string> used_;
};

}  // namespace dbmigrate
