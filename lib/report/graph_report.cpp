// Heads and branches of the files.
// SPDX-License-Identifier: Apache-2.0
#include "report/graph_report.hpp"

#include <fmt/format.h>

#include "core/figures.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

std::vector<std::string> head_names(const RevisionGraph& graph, const std::string& branch) {
  std::vector<std::string> names;
  for (const auto index : graph.heads(branch)) names.push_back(graph.migration(index).id.name);
  return names;
}

const BranchInfo* info_of(const RevisionGraph& graph, const std::string& branch) {
  for (const auto& info : graph.branches()) {
    if (info.name == branch) return &info;
  }
  return nullptr;
}

void warn_of_several_heads(Report& report, const std::string& branch, const std::vector<std::string>& heads) {
  if (heads.size() < 2) return;
  report.warning(fmt::format("branch {} has {}; join them with: dbmigrate merge {}", branch,
                             count_of(static_cast<std::int64_t>(heads.size()), "head"), fmt::join(heads, " ")));
}

}  // namespace

void show_heads(Report& report, const RevisionGraph& graph, const std::vector<std::string>& branches) {
  Table table({{"branch"}, {"head"}, {"description"}});
  Json& list = report.result()["branches"] = Json::array();
  for (const auto& branch : branches) {
    const auto names = head_names(graph, branch);
    list.push_back({{"branch", branch}, {"heads", names}});
    for (const auto index : graph.heads(branch)) {
      const Migration& migration = graph.migration(index);
      table.add({branch, {migration.id.name, Tone::good}, migration.description});
    }
  }
  if (table.empty()) report.note("there are no revisions yet");
  if (!table.empty()) report.table(table);
  for (const auto& branch : branches) warn_of_several_heads(report, branch, head_names(graph, branch));
}

void show_branches(Report& report, const RevisionGraph& graph, const std::vector<std::string>& branches) {
  Table table({{"branch"}, {"revisions", Column::Align::right}, {"head"}, {"description"}});
  Json& list = report.result()["branches"] = Json::array();
  for (const auto& branch : branches) {
    const auto* info = info_of(graph, branch);
    if (!info) continue;
    const auto names = head_names(graph, branch);
    const auto count = static_cast<std::int64_t>(graph.revisions(branch).size());
    list.push_back({{"branch", branch},
                    {"description", info->description},
                    {"folder", path_for_people(info->folder)},
                    {"revisions", count},
                    {"heads", names}});
    table.add({{branch, Tone::strong}, grouped(count), fmt::format("{}", fmt::join(names, ", ")), info->description});
  }
  if (table.empty()) report.note("there are no branches yet");
  if (!table.empty()) report.table(table);
}

}  // namespace dbmigrate
