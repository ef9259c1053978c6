// Plans a downgrade: what stands above the target and all that hangs on it, newest first.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/words.hpp"
#include "planner/database_view.hpp"
#include "planner/plan.hpp"
#include "planner/target.hpp"

namespace dbmigrate {
namespace {

[[noreturn]] void throw_upward(std::string_view text) {
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("target {} leads up, and a downgrade goes down", text),
               .detail = "Steps with a plus count revisions to apply.",
               .hint = fmt::format("Use `dbmigrate upgrade {}`, or a target with a minus.", text)});
}

std::string where_it_stands(const DatabaseView& view, const std::string& branch) {
  const auto current = texts_of(view, current_of(view, branch));
  if (current.empty()) return fmt::format("Nothing of branch {} is applied.", branch);
  return fmt::format("Branch {} stands at {}.", branch, listed(current));
}

/// A skipped revision is a place to go down to as well: nothing of it is there, and its row stays.
void require_reached(const DatabaseView& view, Node node) {
  const bool in_progress = view.in_state(node, RevisionState::in_progress);
  if (view.row(node) != nullptr && !in_progress) return;
  const auto text = view.text(node);
  throw Error({.code = ErrorCode::unknown_target,
               .message = fmt::format("{} is {}, so there is nothing to go down to", text,
                                      in_progress ? "in progress" : "not applied"),
               .detail = where_it_stands(view, view.id(node).branch),
               .hint = in_progress
                           ? fmt::format("`dbmigrate upgrade {}` finishes it; an earlier target takes it back.", text)
                           : fmt::format("`dbmigrate upgrade {}` goes up to it.", text)});
}

/// The rows of `branches` that are neither `kept` nor needed by them.
std::vector<Node> above(const DatabaseView& view, const std::vector<std::string>& branches,
                        const std::vector<Node>& kept) {
  const auto keep = needed_by(view, kept);
  std::vector<Node> taken;
  for (const auto& branch : branches) {
    for (const auto node : view.revisions(branch)) {
      if (!keep[node] && view.row(node) != nullptr) taken.push_back(node);
    }
  }
  return taken;
}

/// Takes revisions off the top of one branch, one at a time. Skipped ones are not counted: nothing of them is there.
class Peeling {
 public:
  Peeling(const DatabaseView& view, const std::string& branch) : view_(view), above_(view.size(), 0) {
    for (const auto node : view.revisions(branch)) {
      if (!counts(node)) continue;
      ++left_;
      for (const auto parent : view.parents(node)) ++above_[parent];
    }
    for (const auto node : view.revisions(branch)) {
      if (counts(node) && above_[node] == 0) tops_.push_back(node);
    }
  }

  [[nodiscard]] std::size_t left() const { return left_; }
  [[nodiscard]] const std::vector<Node>& tops() const { return tops_; }

  Node take() {
    const auto node = tops_.back();
    tops_.pop_back();
    --left_;
    for (const auto parent : view_.parents(node)) {
      if (--above_[parent] == 0 && counts(parent)) tops_.push_back(parent);
    }
    return node;
  }

 private:
  [[nodiscard]] bool counts(Node node) const {
    return view_.row(node) != nullptr && !view_.in_state(node, RevisionState::skipped);
  }

  const DatabaseView& view_;
  std::vector<std::size_t> above_;  ///< how many revisions still build on each
  std::vector<Node> tops_;
  std::size_t left_ = 0;
};

/// The last `steps` revisions of a branch. Where several are on top, which of them goes is not for us to guess.
std::vector<Node> last_applied(const DatabaseView& view, const std::string& branch, std::size_t steps,
                               std::string_view text) {
  Peeling peeling(view, branch);
  if (peeling.left() < steps) {
    throw Error(
        {.code = ErrorCode::unknown_target,
         .message = fmt::format("branch {} has {} applied, not {}", branch, count_of_revisions(peeling.left()), steps),
         .detail = where_it_stands(view, branch),
         .hint = fmt::format("Use {}@base to take back all that is applied.", branch)});
  }
  if (peeling.left() == steps) return above(view, {branch}, {});
  std::vector<Node> taken;
  while (taken.size() < steps) {
    if (peeling.tops().size() != 1) {
      throw_ambiguous(text, fmt::format("comes to {} side by side", count_of_revisions(peeling.tops().size())),
                      texts_of(view, peeling.tops()));
    }
    taken.push_back(peeling.take());
  }
  return taken;
}

/// What the target asks to take back; all that hangs on it goes besides.
std::vector<Node> roots_of(const DatabaseView& view, const Target& target, std::string_view text) {
  switch (target.kind) {
    case Target::Kind::head: {
      const auto heads = only_heads(view.graph(), target.branches);
      for (const auto head : heads) require_reached(view, head);
      return above(view, target.branches, heads);
    }
    case Target::Kind::base:
      return above(view, target.branches, {});
    case Target::Kind::current: {
      std::vector<Node> current;
      for (const auto& branch : target.branches) {
        const auto nodes = current_of(view, branch);
        current.insert(current.end(), nodes.begin(), nodes.end());
      }
      return above(view, target.branches, current);
    }
    case Target::Kind::revision:
      require_reached(view, target.revision);
      return above(view, target.branches, {target.revision});
    case Target::Kind::up:
      throw_upward(text);
    case Target::Kind::down:
      return last_applied(view, target.branches.front(), target.steps, text);
  }
  return {};
}

/// `roots` and every row that builds on or depends on them, from any branch, also through revisions without a row.
std::vector<Node> with_users(const DatabaseView& view, const std::vector<Node>& roots) {
  std::vector<char> seen(view.size(), 0);
  std::vector<Node> open;
  std::vector<Node> taken;
  const auto visit = [&](Node node) {
    if (seen[node]) return;
    seen[node] = 1;
    open.push_back(node);
    if (view.row(node) != nullptr) taken.push_back(node);
  };
  for (const auto root : roots) visit(root);
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    view.each_user(node, visit);
  }
  return taken;
}

/// Newest first, and nothing before what builds on it. Where rows and files contradict each other there may be a
/// cycle: then the newest that is left goes next.
std::vector<Node> newest_first(const DatabaseView& view, std::vector<Node> taken) {
  std::vector<std::pair<std::size_t, std::size_t>> ages(view.size());
  for (const auto node : taken) ages[node] = view.age(node);
  const auto older = [&](Node a, Node b) { return ages[a] < ages[b]; };
  std::sort(taken.begin(), taken.end(), [&](Node a, Node b) { return older(b, a); });
  constexpr std::size_t kOutside = static_cast<std::size_t>(-1);
  std::vector<std::size_t> users(view.size(), kOutside);
  for (const auto node : taken) users[node] = 0;
  for (const auto node : taken) {
    view.each_user(node, [&](Node user) { users[node] += users[user] == kOutside ? 0U : 1U; });
  }
  std::priority_queue<Node, std::vector<Node>, decltype(older)> ready(older);
  for (const auto node : taken) {
    if (users[node] == 0) ready.push(node);
  }
  std::vector<Node> order;
  auto next = taken.begin();
  while (order.size() < taken.size()) {
    if (ready.empty()) {
      while (users[*next] == kOutside) ++next;
      ready.push(*next);
    }
    const auto node = ready.top();
    ready.pop();
    if (users[node] == kOutside) continue;
    users[node] = kOutside;
    order.push_back(node);
    view.each_need(node, [&](Node need) {
      if (users[need] != kOutside && users[need] > 0 && --users[need] == 0) ready.push(need);
    });
  }
  return order;
}

}  // namespace

Plan plan_downgrade(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows, std::string_view target,
                    const PlanScope& scope) {
  const DatabaseView view(graph, rows);
  const auto parsed = parse_target(view, target, scope.branches);
  Plan plan;
  plan.direction = Direction::downgrade;
  for (const auto node : newest_first(view, with_users(view, roots_of(view, parsed, target)))) {
    plan.steps.push_back({.id = view.id(node), .migration = view.migration(node), .row = *view.row(node)});
  }
  return plan;
}

}  // namespace dbmigrate
