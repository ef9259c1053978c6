// Digests first, contents where they were replayed.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/words.hpp"

namespace dbmigrate {
namespace {

CatalogStatus status_of(const RevisionGraph& graph, RevisionIndex revision, const Checksum& inputs) {
  const auto& migration = graph.migration(revision);
  CatalogStatus status{.branch = migration.id.branch,
                       .revision = migration.id.name,
                       .path = catalog_path(migration),
                       .state = CatalogState::missing,
                       .file = std::nullopt,
                       .differences = {}};
  try {
    status.file = load_catalog_file(migration);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_descriptor) throw;
    status.state = CatalogState::stale;
    status.differences = {error.info().message};
  }
  if (status.file) {
    const bool fresh = status.file->inputs == inputs && status.file->checksum == migration.checksum;
    status.state = fresh ? CatalogState::fresh : CatalogState::stale;
  }
  return status;
}

/// YAML files in the branch's catalog folder that no revision has.
std::vector<CatalogStatus> strays(const RevisionGraph& graph, const std::string& branch,
                                  const std::filesystem::path& folder) {
  std::vector<CatalogStatus> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto& path = entry->path();
    if (path.extension() != ".yaml" || graph.find({branch, path.stem().string()})) continue;
    found.push_back({.branch = branch,
                     .revision = path.stem().string(),
                     .path = path,
                     .state = CatalogState::stray,
                     .file = std::nullopt,
                     .differences = {}});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& left, const auto& right) { return natural_order(left.revision, right.revision) < 0; });
  return found;
}

/// One map of everything a file says, so that two can be compared: adds as they are, changes by what comes after,
/// drops as empty.
Objects contents(const CatalogFile& file) {
  Objects all;
  for (const auto& added : file.adds) all.emplace(added.key, added.properties).first->second["in the file"] = "added";
  for (const auto& change : file.changes) {
    auto& properties = all[change.key];
    properties["in the file"] = "changed";
    for (const auto& one : change.changes) properties[one.property] = one.after.value_or("(none)");
  }
  for (const auto& key : file.drops) all[key]["in the file"] = "dropped";
  return all;
}

void without_printed_texts(Objects& objects) {
  for (auto& [key, properties] : objects) {
    std::erase_if(properties, [](const auto& one) { return is_printed_text(one.first); });
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

/// The order of added columns counts, which a map does not keep.
std::vector<ObjectKey> column_order(const CatalogFile& file) {
  std::vector<ObjectKey> keys;
  for (const auto& added : file.adds) {
    if (added.key.kind == ObjectKind::column || added.key.kind == ObjectKind::attribute) keys.push_back(added.key);
  }
  return keys;
}

std::vector<std::string> differences(const CatalogFile& file, const CatalogFile& replayed) {
  auto before = contents(file);
  auto after = contents(replayed);
  if (file.server_major != replayed.server_major) {
    without_printed_texts(before);
    without_printed_texts(after);
  }
  const auto found = compare(before, after);
  if (!found.empty()) return lines_of(review_text(found));
  if (column_order(file) != column_order(replayed)) return {"the order of added columns differs"};
  return {};
}

}  // namespace

std::string_view name_of(CatalogState state) {
  switch (state) {
    case CatalogState::fresh:
      return "fresh";
    case CatalogState::missing:
      return "missing";
    case CatalogState::stale:
      return "stale";
    case CatalogState::differs:
      return "differs";
    case CatalogState::stray:
      break;
  }
  return "stray";
}

std::vector<CatalogStatus> catalog_states(const RevisionGraph& graph, const std::vector<std::string>& branches) {
  const auto inputs = catalog_inputs(graph);
  std::vector<CatalogStatus> states;
  for (const auto& branch : branches) {
    const auto& revisions = graph.revisions(branch);
    if (!revisions.empty()) require_own_catalog_folder(graph.migration(revisions.front()));
    for (const auto revision : revisions) states.push_back(status_of(graph, revision, inputs[revision]));
    if (revisions.empty()) continue;
    auto more = strays(graph, branch, catalog_path(graph.migration(revisions.front())).parent_path());
    std::move(more.begin(), more.end(), std::back_inserter(states));
  }
  return states;
}

void compare_with_replay(std::vector<CatalogStatus>& states, const std::map<RevisionId, CatalogFile>& replayed) {
  for (auto& one : states) {
    const auto found = replayed.find({one.branch, one.revision});
    if (one.state != CatalogState::fresh || found == replayed.end()) continue;
    one.differences = differences(*one.file, found->second);
    if (!one.differences.empty()) one.state = CatalogState::differs;
  }
}

}  // namespace dbmigrate
