// Folders are branches; migrations that lie directly in the directory are the branch `main`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "core/words.hpp"
#include "descriptor/branch_reader.hpp"
#include "descriptor/migration_source.hpp"
#include "descriptor/names.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

fs::path canonical_root(const fs::path& directory) {
  std::error_code error;
  auto root = fs::canonical(directory, error);
  if (error || !fs::is_directory(root, error)) {
    const auto shown = path_for_people(directory);
    throw Error({.code = ErrorCode::file_unreadable,
                 .message = fmt::format("there is no migrations directory {}", shown),
                 .detail = fmt::format("The system says: {}.", error ? error.message() : "Not a directory"),
                 .hint = "Create a project with `dbmigrate init`, or name the directory with --dir.",
                 .at = Location{.file = shown}});
  }
  return root;
}

ErrorInfo problem(std::string file, std::string message, std::string detail, std::string hint) {
  return {.code = ErrorCode::invalid_descriptor,
          .message = std::move(message),
          .detail = std::move(detail),
          .hint = std::move(hint),
          .at = Location{.file = std::move(file)}};
}

/// What lies directly in the directory.
struct TopLevel {
  std::vector<std::string> branches;      ///< in natural order
  std::vector<std::string> side_folders;  ///< catalog, contracts
  std::string first_file;                 ///< that is not ignored; empty = none
};

TopLevel look_at(const Folder& top) {
  TopLevel level;
  for (const auto& entry : top.entries()) {
    if (is_ignored(entry.name)) continue;
    if (entry.kind == FolderEntry::Kind::folder) {
      (is_side_folder(entry.name) ? level.side_folders : level.branches).push_back(entry.name);
    } else if (level.first_file.empty() || natural_order(entry.name, level.first_file) < 0) {
      level.first_file = entry.name;
    }
  }
  const auto before = [](const auto& left, const auto& right) { return natural_order(left, right) < 0; };
  std::sort(level.branches.begin(), level.branches.end(), before);
  std::sort(level.side_folders.begin(), level.side_folders.end(), before);
  return level;
}

void add_branch(Branch branch, MigrationSet& set) {
  set.branches.push_back(std::move(branch.info));
  if (set.migrations.empty()) {
    set.migrations = std::move(branch.migrations);
    return;
  }
  std::move(branch.migrations.begin(), branch.migrations.end(), std::back_inserter(set.migrations));
}

void read_branch_folder(const Folder& top, const std::string& name, MigrationSet& set, Problems& problems) {
  problems.gather([&] {
    if (const auto why = why_no_branch_name(name); !why.empty()) {
      throw Error(problem(top.shown(name), fmt::format("\"{}\" cannot name a branch because it {}", name, why),
                          "A folder is a branch; its name has up to 200 bytes of UTF-8, no @, no control character, no "
                          "leading - or +.",
                          "Rename the folder."));
    }
    top.check_link(*top.find(name));
    Folder folder(top.path() / name, top.root());
    add_branch(read_branch(folder, name, problems), set);
  });
}

}  // namespace

MigrationSet MigrationDirectory::load() const {
  Problems problems;
  auto set = read(problems);
  problems.throw_if_any();
  return set;
}

MigrationSet MigrationDirectory::read(Problems& problems) const {
  Folder top(directory_, canonical_root(directory_));
  MigrationSet set;
  set.directory = directory_;
  const auto level = look_at(top);
  if (level.branches.empty()) {
    if (!level.first_file.empty()) add_branch(read_branch(top, "main", problems), set);
    return set;
  }
  if (!level.first_file.empty()) {
    problems.add(problem(top.shown(level.first_file),
                         fmt::format("{} lies beside branch folders", top.shown(level.first_file)),
                         fmt::format("Migrations lie either all in folders ({}) or all directly in {}.",
                                     listed(level.branches), path_for_people(directory_)),
                         "Move it into the folder of its branch, or out of the migrations."));
  }
  for (const auto& name : level.side_folders) {
    problems.add(problem(top.shown(name), fmt::format("the folder {} lies beside branch folders", top.shown(name)),
                         "Catalogs and contracts belong to one branch.", "Move it into the folder of its branch."));
  }
  for (const auto& name : level.branches) read_branch_folder(top, name, set, problems);
  return set;
}

}  // namespace dbmigrate
