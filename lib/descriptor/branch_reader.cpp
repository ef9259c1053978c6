// Every file must be of use: one that is not would be a migration that someone believes in.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/branch_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/words.hpp"
#include "descriptor/header.hpp"
#include "descriptor/names.hpp"
#include "descriptor/revision_reader.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kBranchFile = "branch.yaml";
constexpr int kDeepestFolder = 16;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Whether a name has the look of a migration about it, wherever the suffix stands and however it is spelt.
bool resembles_migration(std::string_view name) {
  const auto plain = lower(name);
  constexpr std::array<std::string_view, 3> kSuffixes{".sql", ".yaml", ".yml"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&](std::string_view suffix) { return plain.find(suffix) != std::string::npos; });
}

ErrorInfo problem(const std::string& file, std::string message, std::string detail, std::string hint) {
  return {.code = ErrorCode::invalid_descriptor,
          .message = std::move(message),
          .detail = std::move(detail),
          .hint = std::move(hint),
          .at = Location{.file = file}};
}

ErrorInfo stray_file(const std::string& shown, std::string_view name) {
  const auto plain = lower(name);
  std::string hint = "Move it out of the migrations, or remove it.";
  if (name.ends_with(".yml")) {
    hint = fmt::format("Rename it to {}.yaml if it is a migration.", name.substr(0, name.size() - 4));
  } else if (plain != name && (plain.ends_with(".sql") || plain.ends_with(".yaml"))) {
    hint = fmt::format("Rename it to {} if it is a migration.",
                       std::string(name.substr(0, name.rfind('.'))) + plain.substr(plain.rfind('.')));
  }
  return problem(
      shown, fmt::format("{} is no part of a migration", shown),
      "Files are STEM.up.sql, STEM.down.sql, STEM.sql, STEM.yaml, branch.yaml, and the SQL that descriptors name.",
      std::move(hint));
}

using Stems = std::unordered_map<std::string_view, StemFiles>;

class BranchReader {
 public:
  BranchReader(Folder& folder, std::string name, Problems& problems) : folder_(folder), problems_(problems) {
    branch_.info = {.name = std::move(name), .description = {}, .folder = folder.path()};
  }

  Branch read() {
    BranchDefaults defaults;
    problems_.gather([&] { defaults = read_branch_file(folder_); });
    branch_.info.description = defaults.description;
    branch_.info.lint_levels = defaults.lint_levels;
    sort_entries();
    std::vector<std::string_view> order;
    order.reserve(stems_.size());
    for (const auto& [stem, files] : stems_) order.push_back(stem);
    std::sort(order.begin(), order.end(), [](auto left, auto right) { return natural_order(left, right) < 0; });
    read_revisions(order, defaults);
    for (const auto& folder : folders_) check_side_files(folder, 0);
    fill_in_parents();
    return std::move(branch_);
  }

 private:
  void sort_entries() {
    stems_.reserve(folder_.entries().size());
    for (const auto& entry : folder_.entries()) {
      if (is_ignored(entry.name) || entry.name == kBranchFile) continue;
      if (entry.kind == FolderEntry::Kind::folder) {
        if (!is_side_folder(entry.name)) folders_.push_back(entry.name);
        continue;
      }
      if (!sort_file(entry)) strays_.push_back(&entry);
    }
  }

  bool sort_file(const FolderEntry& entry) {
    const std::string_view name = entry.name;
    const auto stem = [&](std::string_view suffix) { return name.substr(0, name.size() - suffix.size()); };
    if (name.ends_with(".up.sql")) {
      stems_[stem(".up.sql")].up = &entry;
    } else if (name.ends_with(".down.sql")) {
      stems_[stem(".down.sql")].down = &entry;
    } else if (name.ends_with(".sql")) {
      stems_[stem(".sql")].single = &entry;
    } else if (name.ends_with(".yaml")) {
      stems_[stem(".yaml")].descriptor = &entry;
    } else {
      return false;
    }
    return true;
  }

  /// Descriptors first: what they name is no revision of its own.
  void read_revisions(const std::vector<std::string_view>& order, const BranchDefaults& defaults) {
    RevisionReader reader(folder_, branch_.info.name, defaults);
    std::set<std::string_view> broken;
    for (const auto stem : order) {
      const auto& files = stems_.at(stem);
      if (files.descriptor == nullptr) continue;
      broken.insert(stem);
      problems_.gather([&] {
        branch_.migrations.push_back(reader.from_descriptor(std::string(stem), files));
        broken.erase(stem);
      });
    }
    all_read_ = broken.empty();
    for (const auto stem : order) {
      auto files = stems_.at(stem);
      leave_out_used(files);
      const bool in_sql = files.up != nullptr || files.down != nullptr;
      if (files.descriptor != nullptr || (files.single != nullptr && in_sql)) {
        if (!broken.contains(stem)) refuse_second_form(stem, files);
      } else if (files.single != nullptr || in_sql) {
        auto& problems = files.single != nullptr ? if_sure() : problems_;
        problems.gather([&] { branch_.migrations.push_back(reader.from_sql(std::string(stem), files)); });
      }
    }
    for (const auto* stray : strays_) {
      if (!folder_.is_used(stray->name)) if_sure().add(stray_file(folder_.shown(stray->name), stray->name));
    }
  }

  /// A descriptor that could not be read may well name the files that look unused: one mistake is one problem.
  Problems& if_sure() { return all_read_ ? problems_ : untold_; }

  void leave_out_used(StemFiles& files) const {
    for (auto* file : {&files.up, &files.down, &files.single}) {
      if (*file != nullptr && folder_.is_used((*file)->name)) *file = nullptr;
    }
  }

  void refuse_second_form(std::string_view stem, const StemFiles& files) {
    std::vector<std::string> names;
    for (const auto* file : {files.descriptor, files.single, files.up, files.down}) {
      if (file != nullptr) names.push_back(folder_.shown(file->name));
    }
    if (names.size() < 2) return;
    const bool unused = files.descriptor != nullptr;
    problems_.add(
        problem(names[1], fmt::format("revision {} is written twice: {}", stem, listed(names)),
                unused ? "The descriptor does not use what lies beside it." : "Only one of them can be meant.",
                unused ? "Name it in the descriptor, or remove it." : "Remove all but one form."));
  }

  /// Folders of SQL that descriptors name are welcome; a migration that nothing looks at is not.
  void check_side_files(const std::string& relative, int depth) {
    problems_.gather([&] {
      const Folder inner(folder_.path() / relative, folder_.root());
      for (const auto& entry : inner.entries()) {
        if (is_ignored(entry.name)) continue;
        const auto name = relative + "/" + entry.name;
        if (entry.kind == FolderEntry::Kind::folder) {
          if (!entry.is_link && depth < kDeepestFolder) check_side_files(name, depth + 1);
        } else if (resembles_migration(entry.name) && !folder_.is_used(name)) {
          if_sure().add(problem(folder_.shown(name), fmt::format("{} is used by no migration", folder_.shown(name)),
                                "Migrations lie directly in their branch's folder.",
                                "Move it there, name it in a descriptor, or remove it."));
        }
      }
    });
  }

  /// The one before by name; the first is the base.
  void fill_in_parents() {
    auto& migrations = branch_.migrations;
    const auto before = [](const Migration& left, const Migration& right) {
      return natural_order(left.id.name, right.id.name) < 0;
    };
    if (!std::is_sorted(migrations.begin(), migrations.end(), before)) {
      std::stable_sort(migrations.begin(), migrations.end(), before);
    }
    for (std::size_t i = 1; i < migrations.size(); ++i) {
      if (!migrations[i].parents_declared) migrations[i].parents.push_back(migrations[i - 1].id.name);
    }
  }

  Folder& folder_;
  Problems& problems_;
  Problems untold_;
  bool all_read_ = true;  ///< no descriptor is broken
  Branch branch_;
  Stems stems_;
  std::vector<std::string> folders_;
  std::vector<const FolderEntry*> strays_;
};

}  // namespace

bool is_side_folder(std::string_view name) {
  return name == "catalog" || name == "contracts" || name == "fixtures";
}

bool is_ignored(std::string_view name) {
  if (name.starts_with(".") || name.ends_with("~") || (name.starts_with("#") && name.ends_with("#"))) return true;
  if (resembles_migration(name)) return false;
  constexpr std::array<std::string_view, 4> kNotes{".md", ".txt", ".rst", ".adoc"};
  constexpr std::array<std::string_view, 4> kNames{"README", "LICENSE", "NOTICE", "CODEOWNERS"};
  const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  return std::any_of(kNotes.begin(), kNotes.end(), ends) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Branch read_branch(Folder& folder, std::string name, Problems& problems) {
  return BranchReader(folder, std::move(name), problems).read();
}

}  // namespace dbmigrate
