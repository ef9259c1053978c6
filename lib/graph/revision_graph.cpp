// Builds the graph from names: parents and dependencies resolved, everything wrong gathered.
// SPDX-License-Identifier: Apache-2.0
#include "graph/revision_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/words.hpp"
#include "graph/graph_order.hpp"
#include "graph/graph_problems.hpp"
#include "graph/name_prefix.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kListed = 12;  ///< names of a long list that are worth printing

using Revisions = std::vector<RevisionIndex>;

const Revisions& members_of(const std::unordered_map<std::string, Revisions>& by_branch, std::string_view branch) {
  static const Revisions kNothing;
  const auto found = by_branch.find(std::string(branch));
  return found == by_branch.end() ? kNothing : found->second;
}

std::vector<std::string> branch_names(const std::unordered_map<std::string, Revisions>& by_branch) {
  std::vector<std::string> names;
  for (const auto& [name, revisions] : by_branch) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

/// Sorts only where needed: files usually come in order, and comparing names is the dear part of a large graph.
template <typename Before>
void sort_unless_sorted(Revisions& revisions, Before before) {
  if (!std::is_sorted(revisions.begin(), revisions.end(), before)) {
    std::sort(revisions.begin(), revisions.end(), before);
  }
}

std::string abridged(std::vector<std::string> words, std::string_view separator) {
  const auto count = words.size();
  if (count > kListed) words.resize(kListed);
  auto text = fmt::format("{}", fmt::join(words, separator));
  return count > kListed ? fmt::format("{}{}... ({} in all)", text, separator, count) : text;
}

}  // namespace

RevisionGraph::RevisionGraph(MigrationSet set) : set_(std::move(set)) {
  GraphProblems problems;
  index_names(problems);
  link(problems);
  find_bases(problems);
  order(problems);
  problems.throw_if_any();
}

bool RevisionGraph::has_branch(std::string_view branch) const { return by_branch_.contains(std::string(branch)); }

std::optional<RevisionIndex> RevisionGraph::find(const RevisionId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

std::vector<RevisionIndex> RevisionGraph::named(std::string_view branch, std::string_view prefix) const {
  if (const auto exact = find({std::string(branch), std::string(prefix)})) return {*exact};
  const auto name_of = [&](RevisionIndex index) -> std::string_view { return set_.migrations[index].id.name; };
  const auto& names = members_of(by_name_, branch);
  Revisions matches;
  for (auto at = std::lower_bound(names.begin(), names.end(), prefix,
                                  [&](RevisionIndex index, std::string_view text) { return name_of(index) < text; });
       at != names.end() && name_of(*at).starts_with(prefix); ++at) {
    if (is_name_prefix(prefix, name_of(*at))) matches.push_back(*at);
  }
  prefer_whole_numbers(prefix, matches, name_of);
  sort_unless_sorted(matches, [&](auto a, auto b) { return natural_order(name_of(a), name_of(b)) < 0; });
  return matches;
}

const std::vector<RevisionIndex>& RevisionGraph::revisions(std::string_view branch) const {
  return members_of(by_branch_, branch);
}

std::vector<RevisionIndex> RevisionGraph::heads(std::string_view branch) const {
  Revisions heads;
  for (const auto index : revisions(branch)) {
    if (children_[index].empty()) heads.push_back(index);
  }
  return heads;
}

void RevisionGraph::index_names(GraphProblems& problems) {
  by_id_.reserve(size());
  for (const auto& branch : set_.branches) by_branch_[branch.name];
  for (RevisionIndex index = 0; index < size(); ++index) {
    const auto& migration = set_.migrations[index];
    by_branch_[migration.id.branch].push_back(index);
    const auto [first, is_new] = by_id_.emplace(migration.id, index);
    if (is_new) continue;
    problems.add({.files = {set_.migrations[first->second].file, migration.file},
                  .text = fmt::format("revision {} is there twice", migration.id.text()),
                  .hint = "Give one of them another id."});
  }
  by_name_ = by_branch_;
  for (auto& [branch, names] : by_name_) {
    sort_unless_sorted(names, [&](auto a, auto b) { return set_.migrations[a].id.name < set_.migrations[b].id.name; });
  }
}

void RevisionGraph::link(GraphProblems& problems) {
  parents_.resize(size());
  children_.resize(size());
  dependencies_.resize(size());
  dependents_.resize(size());
  for (RevisionIndex index = 0; index < size(); ++index) {
    link_parents(index, problems);
    link_dependencies(index, problems);
  }
}

namespace {

/// What a name that should be one revision is instead: several, or none.
GraphProblem unresolved(const Migration& migration, std::string_view relation, const RevisionId& wanted,
                        const std::vector<std::string>& fitting, const std::vector<std::string>& near) {
  if (!fitting.empty()) {
    return {.files = {migration.file},
            .text = fmt::format("{} {} {}, which fits several revisions: {}", migration.id.text(), relation,
                                wanted.name, abridged(fitting, ", ")),
            .hint = "Write the whole id."};
  }
  const auto suggestion = did_you_mean(wanted.name, near);
  return {.files = {migration.file},
          .text = fmt::format("{} {} {}, which does not exist", migration.id.text(), relation, wanted.text()),
          .hint = suggestion.empty() ? "Name a revision that is there, or restore its file." : suggestion};
}

std::vector<std::string> names_of(const MigrationSet& set, const Revisions& revisions) {
  std::vector<std::string> names;
  names.reserve(revisions.size());
  for (const auto index : revisions) names.push_back(set.migrations[index].id.name);
  return names;
}

}  // namespace

void RevisionGraph::link_parents(RevisionIndex index, GraphProblems& problems) {
  const auto& migration = set_.migrations[index];
  for (const auto& parent : migration.parents) {
    const auto fitting = named(migration.id.branch, parent);
    if (fitting.size() != 1) {
      const auto near = problems.worth_a_suggestion() ? names_of(set_, members_of(by_name_, migration.id.branch))
                                                      : std::vector<std::string>{};
      problems.add(unresolved(migration, "builds on", {migration.id.branch, parent}, names_of(set_, fitting), near));
      continue;
    }
    auto& parents = parents_[index];
    if (std::find(parents.begin(), parents.end(), fitting.front()) != parents.end()) {
      problems.add({.files = {migration.file},
                    .text = fmt::format("{} names the parent {} twice", migration.id.text(), parent),
                    .hint = "Leave one of them out."});
      continue;
    }
    parents.push_back(fitting.front());
    children_[fitting.front()].push_back(index);
  }
}

void RevisionGraph::link_dependencies(RevisionIndex index, GraphProblems& problems) {
  const auto& migration = set_.migrations[index];
  for (const auto& wanted : migration.depends_on) {
    if (wanted.branch == migration.id.branch) {
      problems.add(
          {.files = {migration.file},
           .text = fmt::format("{} depends on {}, which is in its own branch", migration.id.text(), wanted.text()),
           .hint = "Name it as down_revision; depends_on is for other branches."});
      continue;
    }
    if (!has_branch(wanted.branch)) {
      problems.add({.files = {migration.file},
                    .text = fmt::format("{} depends on {}, but there is no branch {}", migration.id.text(),
                                        wanted.text(), wanted.branch),
                    .hint = did_you_mean(wanted.branch, branch_names(by_branch_))});
      continue;
    }
    const auto fitting = named(wanted.branch, wanted.name);
    if (fitting.size() != 1) {
      const auto near = problems.worth_a_suggestion() ? names_of(set_, members_of(by_name_, wanted.branch))
                                                      : std::vector<std::string>{};
      problems.add(unresolved(migration, "depends on", wanted, names_of(set_, fitting), near));
      continue;
    }
    auto& dependencies = dependencies_[index];
    if (std::find(dependencies.begin(), dependencies.end(), fitting.front()) != dependencies.end()) continue;
    dependencies.push_back(fitting.front());
    dependents_[fitting.front()].push_back(index);
  }
}

void RevisionGraph::find_bases(GraphProblems& problems) const {
  for (const auto& branch : branch_names(by_branch_)) {
    std::vector<std::string> bases;
    std::vector<std::string> files;
    for (const auto index : members_of(by_branch_, branch)) {
      const auto& migration = set_.migrations[index];
      if (!migration.parents.empty() || by_id_.at(migration.id) != index) continue;
      bases.push_back(migration.id.name);
      if (files.size() < kListed) files.push_back(migration.file);
    }
    if (bases.size() < 2) continue;
    problems.add({.files = files,
                  .text = fmt::format("branch {} has {} bases: {}", branch, bases.size(), abridged(bases, ", ")),
                  .hint = "A branch has one revision without a parent: name the parent of the others."});
  }
}

void RevisionGraph::order(GraphProblems& problems) {
  const auto names = branch_names(by_branch_);
  std::vector<std::size_t> branch_of(size());
  std::vector<std::size_t> place(size());
  for (std::size_t branch = 0; branch < names.size(); ++branch) {
    auto& members = by_branch_.at(names[branch]);
    sort_unless_sorted(members, [&](auto a, auto b) {
      return natural_order(set_.migrations[a].id.name, set_.migrations[b].id.name) < 0;
    });
    for (std::size_t i = 0; i < members.size(); ++i) {
      branch_of[members[i]] = branch;
      place[members[i]] = i;
    }
    members.clear();
  }
  const OrderInput input{parents_, children_, dependencies_, dependents_, branch_of, place, names.size()};
  order_ = run_order(input);
  rank_.assign(size(), 0);
  for (std::size_t rank = 0; rank < order_.size(); ++rank) {
    rank_[order_[rank]] = rank;
    by_branch_.at(names[branch_of[order_[rank]]]).push_back(order_[rank]);
  }
  if (order_.size() == size()) return;

  for (const auto& cycle : cycles(input, order_)) {
    GraphProblem problem;
    std::vector<std::string> path;
    for (const auto index : cycle) {
      path.push_back(set_.migrations[index].id.text());
      if (problem.files.size() < kListed) problem.files.push_back(set_.migrations[index].file);
    }
    const auto last = path.front();
    problem.text = fmt::format("revisions need each other: {} -> {}", abridged(path, " -> "), last);
    problem.hint = "Each needs the next; take one of these parents or dependencies out.";
    problems.add(std::move(problem));
  }
}

}  // namespace dbmigrate
