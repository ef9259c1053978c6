// Topological order that keeps branches together; cycles by Tarjan's algorithm. Nothing here recurses: a chain of
// 100,000 revisions would overflow the stack.
// SPDX-License-Identifier: Apache-2.0
#include "graph/graph_order.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <set>
#include <utility>

namespace dbmigrate {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// A node of a depth-first walk, and which of its edges comes next.
struct Visit {
  std::size_t node;
  std::size_t next_edge = 0;
};

/// For each branch the branches that it depends on, without repeats.
std::vector<std::vector<std::size_t>> branch_needs(const OrderInput& graph) {
  std::vector<std::vector<std::size_t>> needs(graph.branches);
  for (std::size_t node = 0; node < graph.branch_of.size(); ++node) {
    for (const auto dependency : graph.dependencies[node]) {
      needs[graph.branch_of[node]].push_back(graph.branch_of[dependency]);
    }
  }
  for (auto& list : needs) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return needs;
}

/// The place of each branch: after those it depends on, unless they depend on it too.
std::vector<std::size_t> branch_places(const OrderInput& graph) {
  const auto needs = branch_needs(graph);
  std::vector<std::size_t> places(graph.branches, kNone);
  std::vector<char> seen(graph.branches, 0);
  std::vector<Visit> stack;
  std::size_t next_place = 0;
  for (std::size_t start = 0; start < graph.branches; ++start) {
    if (seen[start]) continue;
    seen[start] = 1;
    stack.push_back({start});
    while (!stack.empty()) {
      auto& visit = stack.back();
      if (visit.next_edge == needs[visit.node].size()) {
        places[visit.node] = next_place++;
        stack.pop_back();
        continue;
      }
      const auto need = needs[visit.node][visit.next_edge++];
      if (seen[need]) continue;
      seen[need] = 1;
      stack.push_back({need});
    }
  }
  return places;
}

/// Revisions whose needs have all run, a queue for each branch.
class ReadyRevisions {
 public:
  explicit ReadyRevisions(const OrderInput& graph)
      : graph_(graph), branch_places_(branch_places(graph)), queues_(graph.branches) {}

  void add(std::size_t node) {
    const auto place = branch_places_[graph_.branch_of[node]];
    queues_[place].push({graph_.place[node], node});
    if (place != current_) waiting_.insert(place);
  }

  /// kNone when there is none.
  std::size_t take() {
    if (current_ == kNone || queues_[current_].empty()) {
      if (waiting_.empty()) return kNone;
      current_ = *waiting_.begin();
      waiting_.erase(waiting_.begin());
    }
    const auto node = queues_[current_].top().second;
    queues_[current_].pop();
    return node;
  }

 private:
  using Entry = std::pair<std::size_t, std::size_t>;  ///< place within the branch, revision
  const OrderInput& graph_;
  std::vector<std::size_t> branch_places_;
  std::vector<std::priority_queue<Entry, std::vector<Entry>, std::greater<>>> queues_;
  std::set<std::size_t> waiting_;  ///< branches that have something ready, other than the current one
  std::size_t current_ = kNone;
};

/// The needs of a revision as one list: its parents, then its dependencies.
std::size_t need_count(const OrderInput& graph, std::size_t node) {
  return graph.parents[node].size() + graph.dependencies[node].size();
}

std::size_t need_at(const OrderInput& graph, std::size_t node, std::size_t index) {
  const auto& parents = graph.parents[node];
  return index < parents.size() ? parents[index] : graph.dependencies[node][index - parents.size()];
}

/// Numbers each revision that is not yet ordered with the knot (strongly connected component) it belongs to.
class Knots {
 public:
  Knots(const OrderInput& graph, const std::vector<char>& ordered)
      : knot_of(graph.branch_of.size(), kNone),
        graph_(graph),
        index_(graph.branch_of.size(), kNone),
        low_(graph.branch_of.size(), 0) {
    for (std::size_t node = 0; node < ordered.size(); ++node) {
      if (!ordered[node] && index_[node] == kNone) walk(node, ordered);
    }
  }

  std::vector<std::size_t> knot_of;
  std::vector<std::vector<std::size_t>> members;

 private:
  void enter(std::size_t node) {
    index_[node] = low_[node] = next_index_++;
    open_.push_back(node);
    visits_.push_back({node});
  }

  void walk(std::size_t start, const std::vector<char>& ordered) {
    enter(start);
    while (!visits_.empty()) {
      auto& visit = visits_.back();
      const auto node = visit.node;
      if (visit.next_edge < need_count(graph_, node)) {
        const auto need = need_at(graph_, node, visit.next_edge++);
        if (ordered[need]) continue;
        if (index_[need] == kNone) {
          enter(need);
        } else if (knot_of[need] == kNone) {
          low_[node] = std::min(low_[node], index_[need]);
        }
        continue;
      }
      visits_.pop_back();
      if (!visits_.empty()) low_[visits_.back().node] = std::min(low_[visits_.back().node], low_[node]);
      if (low_[node] == index_[node]) close(node);
    }
  }

  void close(std::size_t root) {
    std::vector<std::size_t> knot;
    std::size_t node = kNone;
    do {
      node = open_.back();
      open_.pop_back();
      knot_of[node] = members.size();
      knot.push_back(node);
    } while (node != root);
    members.push_back(std::move(knot));
  }

  const OrderInput& graph_;
  std::vector<std::size_t> index_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> open_;
  std::vector<Visit> visits_;
  std::size_t next_index_ = 0;
};

std::size_t need_inside(const OrderInput& graph, const Knots& knots, std::size_t node) {
  for (std::size_t i = 0; i < need_count(graph, node); ++i) {
    const auto need = need_at(graph, node, i);
    if (knots.knot_of[need] == knots.knot_of[node]) return need;
  }
  return kNone;
}

}  // namespace

std::vector<std::size_t> run_order(const OrderInput& graph) {
  const auto size = graph.branch_of.size();
  std::vector<std::size_t> order;
  order.reserve(size);
  std::vector<std::size_t> unmet(size);
  ReadyRevisions ready(graph);
  for (std::size_t node = 0; node < size; ++node) {
    unmet[node] = need_count(graph, node);
    if (unmet[node] == 0) ready.add(node);
  }
  for (auto node = ready.take(); node != kNone; node = ready.take()) {
    order.push_back(node);
    for (const auto child : graph.children[node]) {
      if (--unmet[child] == 0) ready.add(child);
    }
    for (const auto dependent : graph.dependents[node]) {
      if (--unmet[dependent] == 0) ready.add(dependent);
    }
  }
  return order;
}

std::vector<std::vector<std::size_t>> cycles(const OrderInput& graph, const std::vector<std::size_t>& ordered) {
  std::vector<char> is_ordered(graph.branch_of.size(), 0);
  for (const auto node : ordered) is_ordered[node] = 1;
  const Knots knots(graph, is_ordered);
  std::vector<std::size_t> step(graph.branch_of.size(), kNone);
  std::vector<std::vector<std::size_t>> found;
  for (const auto& knot : knots.members) {
    auto node = *std::min_element(knot.begin(), knot.end());
    if (need_inside(graph, knots, node) == kNone) continue;  // alone and merely behind a cycle
    std::vector<std::size_t> path;
    while (step[node] == kNone) {
      step[node] = path.size();
      path.push_back(node);
      node = need_inside(graph, knots, node);
    }
    path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(step[node]));
    found.push_back(std::move(path));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace dbmigrate
