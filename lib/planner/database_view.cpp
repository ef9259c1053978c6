// Files and rows as one graph.
// SPDX-License-Identifier: Apache-2.0
#include "planner/database_view.hpp"

#include <algorithm>

#include "graph/name_prefix.hpp"

namespace dbmigrate {
namespace {

void add_edge(std::vector<Node>& needs, Node need, std::vector<Node>& users, Node user) {
  if (std::find(needs.begin(), needs.end(), need) != needs.end()) return;
  needs.push_back(need);
  users.push_back(user);
}

RevisionId recorded_dependency(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

}  // namespace

DatabaseView::DatabaseView(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows)
    : graph_(graph), rows_(graph.size(), nullptr), edges_(graph.size()) {
  for (Node node = 0; node < graph.size(); ++node) {
    edges_[node] = {graph.parents(node), graph.children(node), graph.dependencies(node), graph.dependents(node)};
  }
  for (const auto& branch : graph.branches()) by_branch_[branch.name] = graph.revisions(branch.name);
  add_rows(rows);
  for (Node node = 0; node < size(); ++node) {
    if (rows_[node] != nullptr) add_recorded_edges(node);
  }
}

void DatabaseView::add_rows(const std::vector<AppliedRevision>& rows) {
  for (const auto& row : rows) {
    if (const auto known = find(row.id)) {
      rows_[*known] = &row;
      continue;
    }
    unknown_.emplace(row.id, size());
    by_branch_[row.id.branch].push_back(size());
    rows_.push_back(&row);
    edges_.emplace_back();
  }
}

void DatabaseView::add_recorded_edges(Node node) {
  const auto& row = *rows_[node];
  for (const auto& name : row.parents) {
    const auto parent = find({row.id.branch, name});
    if (parent && *parent != node) add_edge(edges_[node].parents, *parent, edges_[*parent].children, node);
  }
  for (const auto& text : row.depends_on) {
    const auto need = find(recorded_dependency(text));
    if (need && *need != node) add_edge(edges_[node].dependencies, *need, edges_[*need].dependents, node);
  }
}

const RevisionId& DatabaseView::id(Node node) const {
  return in_files(node) ? graph_.migration(node).id : rows_[node]->id;
}

bool DatabaseView::has_branch(std::string_view branch) const { return by_branch_.contains(std::string(branch)); }

std::vector<std::string> DatabaseView::branches() const {
  std::vector<std::string> names;
  for (const auto& [name, revisions] : by_branch_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<Node>& DatabaseView::revisions(std::string_view branch) const {
  static const std::vector<Node> kNothing;
  const auto found = by_branch_.find(std::string(branch));
  return found == by_branch_.end() ? kNothing : found->second;
}

std::optional<Node> DatabaseView::find(const RevisionId& id) const {
  if (const auto known = graph_.find(id)) return known;
  const auto found = unknown_.find(id);
  if (found == unknown_.end()) return std::nullopt;
  return found->second;
}

std::vector<Node> DatabaseView::named(std::string_view branch, std::string_view prefix) const {
  if (const auto exact = find({std::string(branch), std::string(prefix)})) return {*exact};
  auto matches = graph_.named(branch, prefix);
  const auto& all = revisions(branch);
  // The files' revisions come first in a branch, so what only the rows have is its tail.
  for (auto at = std::find_if(all.begin(), all.end(), [&](Node node) { return !in_files(node); }); at != all.end();
       ++at) {
    if (is_name_prefix(prefix, id(*at).name)) matches.push_back(*at);
  }
  prefer_whole_numbers(prefix, matches, [&](Node node) -> std::string_view { return id(node).name; });
  return matches;
}

std::pair<std::size_t, std::size_t> DatabaseView::age(Node node) const {
  if (in_files(node)) return {graph_.rank(node), 0};
  // Right after the newest of its branch, so that a branch stays in one piece; rows come oldest first.
  const auto& known = graph_.revisions(id(node).branch);
  return {known.empty() ? graph_.size() : graph_.rank(known.back()), node};
}

std::vector<char> needed_by(const DatabaseView& view, const std::vector<Node>& roots) {
  std::vector<char> needed(view.size(), 0);
  std::vector<Node> open;
  const auto visit = [&](Node node) {
    if (needed[node]) return;
    needed[node] = 1;
    open.push_back(node);
  };
  for (const auto root : roots) visit(root);
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    view.each_need(node, visit);
  }
  return needed;
}

}  // namespace dbmigrate
