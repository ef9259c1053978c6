// Revisions and their parents: heads, bases, ancestry.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "descriptor/migration_source.hpp"

namespace dbmigrate {

class GraphProblems;

/// A revision's place in the graph, valid for one RevisionGraph.
using RevisionIndex = std::size_t;

/// Immutable. All of it is built in time linear in revisions and edges.
class RevisionGraph {
 public:
  /// Throws Error{invalid_graph} that names every problem with its file: missing parents and dependencies, cycles
  /// (also across branches), several bases in a branch, duplicate ids. Parents and dependencies may be prefixes, as
  /// in named().
  explicit RevisionGraph(MigrationSet set);

  [[nodiscard]] std::size_t size() const { return set_.migrations.size(); }
  [[nodiscard]] const Migration& migration(RevisionIndex index) const { return set_.migrations[index]; }
  [[nodiscard]] const std::vector<Migration>& migrations() const { return set_.migrations; }
  [[nodiscard]] const std::vector<BranchInfo>& branches() const { return set_.branches; }
  [[nodiscard]] bool has_branch(std::string_view branch) const;

  [[nodiscard]] std::optional<RevisionIndex> find(const RevisionId& id) const;
  /// The revision of that very name, or those that have `prefix` for a prefix that ends before a `_` or has at least
  /// four characters; several are for the caller to refuse. Natural order of names.
  [[nodiscard]] std::vector<RevisionIndex> named(std::string_view branch, std::string_view prefix) const;
  [[nodiscard]] const std::vector<RevisionIndex>& parents(RevisionIndex index) const { return parents_[index]; }
  [[nodiscard]] const std::vector<RevisionIndex>& children(RevisionIndex index) const { return children_[index]; }
  /// Across branches: what must be applied before `index`, besides its parents.
  [[nodiscard]] const std::vector<RevisionIndex>& dependencies(RevisionIndex index) const {
    return dependencies_[index];
  }
  [[nodiscard]] const std::vector<RevisionIndex>& dependents(RevisionIndex index) const { return dependents_[index]; }

  /// Revisions of one branch in the order in which they run: parents first; among equals natural order of names.
  /// Empty for a branch that the files do not have.
  [[nodiscard]] const std::vector<RevisionIndex>& revisions(std::string_view branch) const;
  /// Revisions of one branch that nothing in it builds on; several = the branch needs a merge.
  [[nodiscard]] std::vector<RevisionIndex> heads(std::string_view branch) const;

  /// Every revision, by rank.
  [[nodiscard]] const std::vector<RevisionIndex>& in_order() const { return order_; }
  /// The place of each revision in one order that respects parents and dependencies; branches keep together as far
  /// as their dependencies allow.
  [[nodiscard]] std::size_t rank(RevisionIndex index) const { return rank_[index]; }

 private:
  void index_names(GraphProblems& problems);
  void link(GraphProblems& problems);
  void link_parents(RevisionIndex index, GraphProblems& problems);
  void link_dependencies(RevisionIndex index, GraphProblems& problems);
  void find_bases(GraphProblems& problems) const;
  void order(GraphProblems& problems);

  MigrationSet set_;
  std::unordered_map<RevisionId, RevisionIndex> by_id_;
  std::vector<std::vector<RevisionIndex>> parents_;
  std::vector<std::vector<RevisionIndex>> children_;
  std::vector<std::vector<RevisionIndex>> dependencies_;
  std::vector<std::vector<RevisionIndex>> dependents_;
  std::vector<RevisionIndex> order_;
  std::vector<std::size_t> rank_;
  std::unordered_map<std::string, std::vector<RevisionIndex>> by_branch_;  ///< in the order in which they run
  std::unordered_map<std::string, std::vector<RevisionIndex>> by_name_;    ///< by the bytes of their names
};

}  // namespace dbmigrate
