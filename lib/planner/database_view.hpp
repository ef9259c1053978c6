// The graph as one database knows it: the files' revisions and those that only its version table has.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"

namespace dbmigrate {

/// A revision's place in a DatabaseView; for those in the files the same as its RevisionIndex.
using Node = std::size_t;

/// Edges are those of the files and those that the rows recorded: a revision that only the database has keeps its
/// place between its neighbours. They may form a cycle where rows and files contradict each other.
class DatabaseView {
 public:
  /// Refers to both, which outlive it.
  DatabaseView(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows);

  [[nodiscard]] const RevisionGraph& graph() const { return graph_; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const RevisionId& id(Node node) const;
  [[nodiscard]] std::string text(Node node) const { return id(node).text(); }
  [[nodiscard]] bool in_files(Node node) const { return node < graph_.size(); }
  [[nodiscard]] const Migration* migration(Node node) const {
    return in_files(node) ? &graph_.migration(node) : nullptr;
  }
  /// Null for a revision that the version table does not have.
  [[nodiscard]] const AppliedRevision* row(Node node) const { return rows_[node]; }
  [[nodiscard]] bool settled(Node node) const { return rows_[node] != nullptr && rows_[node]->settled(); }
  [[nodiscard]] bool in_state(Node node, RevisionState state) const {
    return rows_[node] != nullptr && rows_[node]->state == state;
  }

  [[nodiscard]] bool has_branch(std::string_view branch) const;
  /// Every branch of the files and of the rows, by name.
  [[nodiscard]] std::vector<std::string> branches() const;
  /// The revisions of one branch, oldest first: by rank, then those that the files do not have.
  [[nodiscard]] const std::vector<Node>& revisions(std::string_view branch) const;
  [[nodiscard]] std::optional<Node> find(const RevisionId& id) const;
  /// Those that `prefix` may stand for (graph/name_prefix.hpp), or the one of that very name.
  [[nodiscard]] std::vector<Node> named(std::string_view branch, std::string_view prefix) const;

  [[nodiscard]] const std::vector<Node>& parents(Node node) const { return edges_[node].parents; }
  [[nodiscard]] const std::vector<Node>& children(Node node) const { return edges_[node].children; }
  /// Calls `visit` with all that must be there before `node`, from any branch.
  template <typename Visit>
  void each_need(Node node, Visit visit) const {
    for (const auto parent : edges_[node].parents) visit(parent);
    for (const auto dependency : edges_[node].dependencies) visit(dependency);
  }
  /// Calls `visit` with all that builds on or depends on `node`, from any branch.
  template <typename Visit>
  void each_user(Node node, Visit visit) const {
    for (const auto child : edges_[node].children) visit(child);
    for (const auto dependent : edges_[node].dependents) visit(dependent);
  }

  /// Orders revisions from old to new as far as no edge says otherwise; equal for none.
  [[nodiscard]] std::pair<std::size_t, std::size_t> age(Node node) const;

 private:
  struct Edges {
    std::vector<Node> parents;
    std::vector<Node> children;
    std::vector<Node> dependencies;
    std::vector<Node> dependents;
  };
  void add_rows(const std::vector<AppliedRevision>& rows);
  void add_recorded_edges(Node node);

  const RevisionGraph& graph_;
  std::vector<const AppliedRevision*> rows_;
  std::vector<Edges> edges_;
  std::unordered_map<RevisionId, Node> unknown_;  ///< revisions that the files do not have
  std::unordered_map<std::string, std::vector<Node>> by_branch_;
};

/// For each revision 1 when it is one of `roots` or among what they need, from any branch.
std::vector<char> needed_by(const DatabaseView& view, const std::vector<Node>& roots);

}  // namespace dbmigrate
