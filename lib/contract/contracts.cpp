// Folders named `contracts`, and what revisions say of the files in them.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contracts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "contract/contract_file.hpp"
#include "core/file.hpp"
#include "core/words.hpp"
#include "descriptor/branch_reader.hpp"
#include "descriptor/folder.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFolder = "contracts";

ErrorInfo problem(Location at, std::string message, std::string detail, std::string hint) {
  return {.code = ErrorCode::invalid_descriptor,
          .message = std::move(message),
          .detail = std::move(detail),
          .hint = std::move(hint),
          .at = std::move(at)};
}

/// The folder's files as versions by contract; nothing for a file that does not read, so that no version seems to be
/// missing because of it.
using Versions = std::map<std::string, std::map<int, std::optional<Contract>>>;

void read_file_of(const Folder& folder, const FolderEntry& entry, Versions& versions, Problems& problems) {
  const auto shown = folder.shown(entry.name);
  const auto name = parse_contract_file_name(entry.name);
  if (!name || entry.kind != FolderEntry::Kind::file) {
    problems.add(problem(Location{.file = shown}, fmt::format("{} is no contract", shown),
                         "What lies here are files called NAME.vN.yaml, N being 1, 2 and so on.",
                         "Rename it, or move it out of the folder."));
    return;
  }
  auto& contract = versions[name->contract][name->version];
  problems.gather([&] {
    folder.check_link(entry);
    contract = parse_contract_file(folder.bytes(entry), shown, *name);
  });
}

/// The versions up to the first that is missing.
std::vector<Contract> unbroken(const Folder& folder, const std::string& name,
                               std::map<int, std::optional<Contract>>& versions, Problems& problems) {
  std::vector<Contract> all;
  int expected = 1;
  bool all_read = true;
  for (auto& [version, contract] : versions) {
    if (version != expected) {
      problems.add(problem(Location{.file = folder.shown(contract_file_name(name, version))},
                           fmt::format("version {} of the contract {} is missing", expected, name),
                           fmt::format("There is a version {}; {} would have to lie beside it.", version,
                                       contract_file_name(name, expected)),
                           "Versions stay as long as databases may be at them; put the file back."));
      return all;
    }
    ++expected;
    all_read = all_read && contract;
    if (all_read) all.push_back(std::move(*contract));
  }
  return all;
}

/// Revisions of one branch against its contracts: every version named has a file.
void check_names(const std::vector<ContractHistory>& histories, const Migration& migration, Problems& problems) {
  for (const auto& [name, version] : migration.contract) {
    const auto& at = migration.contract_at.at(name);
    const auto history = std::find_if(histories.begin(), histories.end(),
                                      [&name = name](const ContractHistory& one) { return one.name == name; });
    if (history == histories.end()) {
      std::vector<std::string> known;
      for (const auto& one : histories) known.push_back(one.name);
      const auto meant = did_you_mean(name, known);
      const auto file = contract_file_name(name, version);
      problems.add(problem(at, fmt::format("there is no contract {}", name),
                           fmt::format("A contract is a file contracts/{} in the folder of its branch.", file),
                           meant.empty() ? "Write that file, or take the key out." : meant));
    } else if (version > history->newest) {
      problems.add(problem(
          at, fmt::format("the contract {} has no version {}", name, version),
          fmt::format("The newest is {}.", history->newest),
          fmt::format("Write contracts/{}, or name a version that is there.", contract_file_name(name, version))));
    }
  }
}

/// The greatest version of each contract that a revision or an ancestor of its names.
using Reached = std::map<std::string, std::pair<int, RevisionId>>;

void check_directions(const RevisionGraph& graph, const std::string& branch, Problems& problems) {
  std::map<RevisionIndex, Reached> reached;
  for (const auto index : graph.revisions(branch)) {
    auto& here = reached[index];
    for (const auto parent : graph.parents(index)) {
      for (const auto& [name, one] : reached[parent]) {
        if (here[name].first < one.first) here[name] = one;
      }
    }
    const auto& migration = graph.migration(index);
    for (const auto& [name, version] : migration.contract) {
      auto& one = here[name];
      if (version < one.first) {
        problems.add(
            problem(migration.contract_at.at(name),
                    fmt::format("{} takes the contract {} back to version {}", migration.id.text(), name, version),
                    fmt::format("{} moves it to version {} already.", one.second.text(), one.first),
                    "Versions only go up; write the old shape as a new version."));
      } else {
        one = {version, migration.id};
      }
    }
  }
}

bool names_any(const RevisionGraph& graph, const std::string& branch) {
  const auto& revisions = graph.revisions(branch);
  return std::any_of(revisions.begin(), revisions.end(),
                     [&](RevisionIndex index) { return !graph.migration(index).contract.empty(); });
}

}  // namespace

bool ContractHistory::begins_by_itself() const {
  return std::none_of(moves.begin(), moves.end(), [](const ContractMove& move) { return move.version == 1; });
}

int ContractHistory::moved_by(const RevisionId& id) const {
  const auto move = std::find_if(moves.begin(), moves.end(), [&](const ContractMove& one) { return one.id == id; });
  return move == moves.end() ? 0 : move->version;
}

std::vector<ContractHistory> read_contracts(const BranchInfo& branch, const fs::path& root, Problems& problems) {
  std::vector<ContractHistory> histories;
  std::error_code error;
  if (!fs::is_directory(branch.folder / kFolder, error)) return histories;
  problems.gather([&] {
    const Folder folder(branch.folder / kFolder, root);
    Versions versions;
    for (const auto& entry : folder.entries()) {
      if (!is_ignored(entry.name)) read_file_of(folder, entry, versions, problems);
    }
    for (auto& [name, files] : versions) {
      ContractHistory history{
          .branch = branch.name, .name = name, .versions = {}, .moves = {}, .newest = files.rbegin()->first};
      history.versions = unbroken(folder, name, files, problems);
      for (auto& one : history.versions) one.branch = branch.name;
      histories.push_back(std::move(history));
    }
  });
  return histories;
}

Contracts::Contracts(const RevisionGraph& graph) {
  Problems problems;
  for (const auto& branch : graph.branches()) {
    // Links out of the directory were refused when it was loaded.
    auto histories = read_contracts(branch, fs::weakly_canonical(branch.folder).parent_path(), problems);
    if (histories.empty() && !names_any(graph, branch.name)) continue;
    for (const auto index : graph.revisions(branch.name)) {
      const auto& migration = graph.migration(index);
      check_names(histories, migration, problems);
      for (auto& history : histories) {
        const auto named = migration.contract.find(history.name);
        if (named != migration.contract.end()) history.moves.push_back({migration.id, named->second});
      }
    }
    check_directions(graph, branch.name, problems);
    std::move(histories.begin(), histories.end(), std::back_inserter(histories_));
  }
  problems.throw_if_any();
  for (const auto& history : histories_) {
    for (const auto& version : history.versions) relations_.insert(version.relation);
  }
}

MigrationSet ContractedDirectory::load() const {
  Problems problems;
  auto set = MigrationDirectory(directory_).read(problems);
  for (const auto& branch : set.branches) {
    const auto histories = read_contracts(branch, fs::canonical(directory_), problems);
    for (const auto& migration : set.migrations) {
      if (migration.id.branch == branch.name) check_names(histories, migration, problems);
    }
  }
  problems.throw_if_any();
  return set;
}

}  // namespace dbmigrate
