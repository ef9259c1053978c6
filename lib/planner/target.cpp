// Reads targets (SPEC: head, base, current, ids and their prefixes, steps up and down, a branch before any of them).
// SPDX-License-Identifier: Apache-2.0
#include "planner/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/error.hpp"
#include "core/words.hpp"
#include "planner/unknown_target.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kListed = 50;        ///< candidates of one error that a person still reads
constexpr std::size_t kMaximumDigits = 9;  ///< more steps than any graph has revisions

/// `STEM+N` or `STEM-N`; the stem is empty for +N and -N alone.
struct Relative {
  std::string_view stem;
  bool up = true;
  std::size_t steps = 0;
  std::string_view suffix;  ///< `+N`
};

std::optional<Relative> relative_in(std::string_view text) {
  const auto sign = text.find_last_of("+-");
  if (sign == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(sign + 1);
  if (digits.empty() || digits.size() > kMaximumDigits) return std::nullopt;
  std::size_t steps = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Relative{text.substr(0, sign), text[sign] == '+', steps, text.substr(sign)};
}

/// One target under way: the part behind `BRANCH@`, and the branches in which it is looked for.
class Reader {
 public:
  Reader(const DatabaseView& view, std::string_view whole, const std::vector<std::string>& selected)
      : view_(view), whole_(whole), rest_(whole), branches_(selected) {
    const auto at = whole.find('@');
    if (at == std::string_view::npos) return;
    const auto branch = whole.substr(0, at);
    rest_ = whole.substr(at + 1);
    qualified_ = true;
    if (!view.has_branch(branch)) throw_unknown_branch(view, whole, branch, rest_);
    branches_ = {std::string(branch)};
  }

  Target read() const {
    if (rest_ == "head") return of(Target::Kind::head);
    if (rest_ == "base") return of(Target::Kind::base);
    if (rest_ == "current") return of(Target::Kind::current);
    const auto relative = relative_in(rest_);
    if (relative && relative->stem.empty()) return steps(*relative);
    return named(relative);
  }

 private:
  Target of(Target::Kind kind) const {
    Target target;
    target.kind = kind;
    target.branches = branches_;
    return target;
  }

  void check_steps(const Relative& relative) const {
    if (relative.steps > 0) return;
    throw Error({.code = ErrorCode::unknown_target,
                 .message = fmt::format("target {} takes no step", whole_),
                 .detail = "Steps count from 1.",
                 .hint = "Use current for where the database stands."});
  }

  Target steps(const Relative& relative) const {
    check_steps(relative);
    if (branches_.size() > 1) {
      std::vector<std::string> candidates;
      for (const auto& branch : branches_) candidates.push_back(fmt::format("{}@{}", branch, relative.suffix));
      throw_ambiguous(whole_, fmt::format("counts inside one branch, and {} are selected", branches_.size()),
                      candidates);
    }
    auto target = of(relative.up ? Target::Kind::up : Target::Kind::down);
    target.steps = relative.steps;
    return target;
  }

  std::vector<Node> exact(std::string_view name) const {
    std::vector<Node> found;
    for (const auto& branch : branches_) {
      if (const auto node = view_.find({branch, std::string(name)})) found.push_back(*node);
    }
    return found;
  }

  std::vector<Node> prefixed(std::string_view prefix) const {
    std::vector<Node> found;
    for (const auto& branch : branches_) {
      const auto matches = view_.named(branch, prefix);
      found.insert(found.end(), matches.begin(), matches.end());
    }
    return found;
  }

  /// A whole id wins over steps from another, and either over a prefix: an id may itself end in `-2`.
  Target named(const std::optional<Relative>& relative) const {
    if (const auto found = exact(rest_); !found.empty()) return revision(only(found, ""));
    if (relative) {
      if (const auto found = exact(relative->stem); !found.empty())
        return walk(only(found, relative->suffix), *relative);
    }
    if (const auto found = prefixed(rest_); !found.empty()) return revision(only(found, ""));
    if (relative) {
      const auto found = prefixed(relative->stem);
      if (!found.empty()) return walk(only(found, relative->suffix), *relative);
    }
    throw_unknown_target(view_, {.whole = whole_,
                                 .name = relative ? relative->stem : rest_,
                                 .suffix = relative ? relative->suffix : std::string_view{},
                                 .branches = branches_,
                                 .qualified = qualified_});
  }

  Node only(const std::vector<Node>& found, std::string_view suffix) const {
    if (found.size() == 1) return found.front();
    auto candidates = texts_of(view_, found);
    for (auto& candidate : candidates) candidate += suffix;
    throw_ambiguous(whole_, fmt::format("fits {}", count_of_revisions(found.size())), candidates);
  }

  Target revision(Node node) const {
    Target target;
    target.kind = Target::Kind::revision;
    target.branches = {view_.id(node).branch};
    target.revision = node;
    target.named = node;
    return target;
  }

  Target walk(Node from, const Relative& relative) const {
    check_steps(relative);
    auto target = revision(from);
    if (relative.up) {
      target.revision = above(from, relative.steps);
      return target;
    }
    target.named = std::nullopt;
    const auto below = revision_below(view_, from, relative.steps);
    if (!below) {
      target.kind = Target::Kind::base;
      return target;
    }
    target.revision = *below;
    return target;
  }

  Node above(Node from, std::size_t steps) const {
    auto node = from;
    for (std::size_t taken = 0; taken < steps; ++taken) {
      const auto& children = view_.children(node);
      if (children.empty()) {
        throw Error({.code = ErrorCode::unknown_target,
                     .message = fmt::format("{} has only {} above it, not {}", view_.text(from),
                                            count_of_revisions(taken), steps),
                     .detail = fmt::format("Nothing builds on {}.", view_.text(node)),
                     .hint = fmt::format("Use {}@head for the last one.", view_.id(from).branch)});
      }
      if (children.size() > 1) {
        throw_ambiguous(whole_, fmt::format("comes to {}, on which several revisions build", view_.text(node)),
                        texts_of(view_, children));
      }
      node = children.front();
    }
    return node;
  }

  const DatabaseView& view_;
  std::string_view whole_;
  std::string_view rest_;
  std::vector<std::string> branches_;
  bool qualified_ = false;
};

}  // namespace

Target parse_target(const DatabaseView& view, std::string_view text, const std::vector<std::string>& branches) {
  return Reader(view, text, branches).read();
}

std::vector<Node> only_heads(const RevisionGraph& graph, const std::vector<std::string>& branches) {
  std::vector<Node> heads;
  std::vector<std::string> split;
  std::string problems;
  std::string commands;
  for (const auto& branch : branches) {
    const auto found = graph.heads(branch);
    if (found.size() == 1) heads.push_back(found.front());
    if (found.size() < 2) continue;
    std::vector<std::string> names;
    std::string command = "dbmigrate merge";
    for (const auto head : found) {
      names.push_back(graph.migration(head).id.name);
      command += " " + graph.migration(head).id.text();
    }
    split.push_back(branch);
    problems +=
        fmt::format("{}branch {} has {} heads: {}", problems.empty() ? "" : "\n", branch, found.size(), listed(names));
    commands += fmt::format("{}`{}`", commands.empty() ? "" : " and ", command);
  }
  if (split.empty()) return heads;
  throw Error({.code = ErrorCode::invalid_graph,
               .message = split.size() == 1 ? problems : fmt::format("{} branches have several heads", split.size()),
               .detail = split.size() == 1 ? "Nothing in the branch joins them." : problems,
               .hint = fmt::format("Join them with {}, or name the one that is meant as the target.", commands)});
}

std::vector<Node> current_of(const DatabaseView& view, std::string_view branch) {
  std::vector<Node> current;
  for (const auto node : view.revisions(branch)) {
    const auto& children = view.children(node);
    const auto settled = [&](Node child) { return view.settled(child); };
    if (view.settled(node) && std::none_of(children.begin(), children.end(), settled)) current.push_back(node);
  }
  return current;
}

std::vector<Node> next_pending(const DatabaseView& view, const std::string& branch, std::size_t steps) {
  std::vector<Node> pending;
  for (const auto node : view.revisions(branch)) {
    if (pending.size() == steps) break;
    if (view.in_files(node) && !view.settled(node)) pending.push_back(node);
  }
  if (pending.size() == steps) return pending;
  throw Error(
      {.code = ErrorCode::unknown_target,
       .message = fmt::format("branch {} has {} pending, not {}", branch, count_of_revisions(pending.size()), steps),
       .detail = pending.empty() ? "All that the files have is applied."
                                 : fmt::format("The last one is {}.", view.text(pending.back())),
       .hint = fmt::format("Use {}@head for all that is pending.", branch)});
}

void require_in_files(const DatabaseView& view, Node node) {
  if (view.in_files(node)) return;
  throw Error({.code = ErrorCode::unknown_target,
               .message = fmt::format("{} is in the version table only", view.text(node)),
               .detail = "The migrations have no file of that revision.",
               .hint = "Check out the migrations that have it."});
}

std::optional<Node> revision_below(const DatabaseView& view, Node from, std::size_t steps) {
  auto node = from;
  for (std::size_t taken = 0; taken < steps; ++taken) {
    const auto& parents = view.parents(node);
    if (parents.size() > 1) {
      throw_ambiguous(fmt::format("{}-{}", view.text(from), steps),
                      fmt::format("comes to {}, which joins several revisions", view.text(node)),
                      texts_of(view, parents));
    }
    if (parents.empty()) {
      if (taken + 1 == steps) return std::nullopt;
      throw Error(
          {.code = ErrorCode::unknown_target,
           .message = fmt::format("{} has only {} below it, not {}", view.text(from), count_of_revisions(taken), steps),
           .detail = fmt::format("{} is the base of its branch.", view.text(node)),
           .hint = fmt::format("Use {}@base for nothing at all.", view.id(from).branch)});
    }
    node = parents.front();
  }
  return node;
}

void throw_ambiguous(std::string_view text, std::string_view what, const std::vector<std::string>& candidates) {
  const auto shown = std::min(candidates.size(), kListed);
  auto lines =
      fmt::format("{}", fmt::join(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(shown), "\n"));
  if (shown < candidates.size()) lines += fmt::format("\n... and {} more", candidates.size() - shown);
  throw Error({.code = ErrorCode::ambiguous_target,
               .message = fmt::format("target {} {}", text, what),
               .detail = std::move(lines),
               .hint = "Write one of these."});
}

std::vector<std::string> texts_of(const DatabaseView& view, const std::vector<Node>& nodes) {
  std::vector<std::string> texts;
  texts.reserve(nodes.size());
  for (const auto node : nodes) texts.push_back(view.text(node));
  return texts;
}

std::string count_of_revisions(std::size_t count) { return fmt::format("{} revision{}", count, count == 1 ? "" : "s"); }

}  // namespace dbmigrate
