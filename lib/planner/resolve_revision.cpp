// Targets that stand for exactly one revision.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

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

[[noreturn]] void throw_no_revision(std::string_view text, std::string detail) {
  throw Error({.code = ErrorCode::unknown_target,
               .message = fmt::format("target {} is no revision", text),
               .detail = std::move(detail),
               .hint = "Write the id of a revision; `dbmigrate status` shows them all."});
}

Node only_head(const DatabaseView& view, const Target& target, std::string_view text) {
  const auto heads = only_heads(view.graph(), target.branches);
  if (heads.empty()) throw_no_revision(text, fmt::format("Branch {} is empty.", listed(target.branches)));
  if (heads.size() == 1) return heads.front();
  std::vector<std::string> candidates;
  for (const auto head : heads) candidates.push_back(view.id(head).branch + "@head");
  throw_ambiguous(text, fmt::format("fits {} branches", heads.size()), candidates);
}

Node only_current(const DatabaseView& view, const Target& target, std::string_view text) {
  std::vector<Node> current;
  for (const auto& branch : target.branches) {
    const auto nodes = current_of(view, branch);
    current.insert(current.end(), nodes.begin(), nodes.end());
  }
  if (current.empty())
    throw_no_revision(text, fmt::format("Nothing of branch {} is applied.", listed(target.branches)));
  if (current.size() == 1) return current.front();
  throw_ambiguous(text, fmt::format("fits {}", count_of_revisions(current.size())), texts_of(view, current));
}

Node resolve(const DatabaseView& view, const Target& target, std::string_view text) {
  switch (target.kind) {
    case Target::Kind::head:
      return only_head(view, target, text);
    case Target::Kind::base:
      break;
    case Target::Kind::current:
      return only_current(view, target, text);
    case Target::Kind::revision:
      return target.revision;
    case Target::Kind::up:
      return next_pending(view, target.branches.front(), target.steps).back();
    case Target::Kind::down: {
      const auto below = revision_below(view, only_current(view, target, text), target.steps);
      if (below) return *below;
      break;
    }
  }
  throw_no_revision(text, "It means that nothing is applied.");
}

}  // namespace

RevisionIndex resolve_revision(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows,
                               std::string_view target, const std::vector<std::string>& branches) {
  const DatabaseView view(graph, rows);
  const auto node = resolve(view, parse_target(view, target, branches), target);
  require_in_files(view, node);
  return node;
}

}  // namespace dbmigrate
