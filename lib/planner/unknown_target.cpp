// Suggestions for targets that fit nothing.
// SPDX-License-Identifier: Apache-2.0
#include "planner/unknown_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

std::string where(const std::vector<std::string>& branches) {
  return fmt::format("Looked in branch{} {}.", branches.size() == 1 ? "" : "es", listed(branches));
}

/// What fits in branches other than those looked at, in the form that would work.
std::string found_elsewhere(const DatabaseView& view, const UnknownTarget& target) {
  std::vector<std::string> forms;
  std::vector<std::string> branches;
  for (const auto& branch : view.branches()) {
    if (std::find(target.branches.begin(), target.branches.end(), branch) != target.branches.end()) continue;
    const auto matches = view.named(branch, target.name);
    if (matches.empty()) continue;
    branches.push_back(branch);
    for (const auto node : matches) forms.push_back(fmt::format("{}{}", view.text(node), target.suffix));
  }
  if (forms.empty()) return "";
  if (target.qualified) {
    return fmt::format("Branch{} {} {} it: {}.", branches.size() == 1 ? "" : "es", listed(branches),
                       branches.size() == 1 ? "has" : "have", listed(forms));
  }
  return fmt::format("It is in branch{} {}, not selected here: write {}, or add --branch {}.",
                     branches.size() == 1 ? "" : "es", listed(branches), listed(forms),
                     fmt::join(branches, " or --branch "));
}

/// Names that begin so, though too few characters were given to be sure.
std::string too_short(const DatabaseView& view, const UnknownTarget& target) {
  if (target.name.empty()) return "";
  for (const auto& branch : target.branches) {
    for (const auto node : view.revisions(branch)) {
      const auto& name = view.id(node).name;
      if (!name.starts_with(target.name)) continue;
      return fmt::format("A prefix has at least four characters or ends before a _: did you mean {}{}?",
                         view.text(node), target.suffix);
    }
  }
  return "";
}

std::string near_name(const DatabaseView& view, const UnknownTarget& target) {
  std::vector<std::string> words{"head", "base", "current"};
  std::vector<std::string> names;
  for (const auto& branch : target.branches) {
    for (const auto node : view.revisions(branch)) {
      words.push_back(view.id(node).name);
      names.push_back(view.text(node));
    }
  }
  const auto word = nearest_word(target.name, words);
  if (word.empty()) return "";
  const auto at = std::find(words.begin(), words.end(), word) - words.begin();
  // A keyword takes the branch that was written; a revision always gets its own.
  if (at >= 3) return fmt::format("Did you mean \"{}{}\"?", names[static_cast<std::size_t>(at) - 3], target.suffix);
  return fmt::format("Did you mean \"{}{}\"?", target.qualified ? target.branches.front() + "@" : "", word);
}

std::string hint_for(const DatabaseView& view, const UnknownTarget& target) {
  if (!target.qualified && view.has_branch(target.whole)) {
    return fmt::format("It is a branch: write {}@head for its last revision.", target.whole);
  }
  for (const auto find : {found_elsewhere, too_short, near_name}) {
    if (auto hint = find(view, target); !hint.empty()) return hint;
  }
  return "`dbmigrate status` shows every revision.";
}

}  // namespace

void throw_unknown_target(const DatabaseView& view, const UnknownTarget& target) {
  const auto message = target.whole.empty() ? "the target is empty" : fmt::format("no revision fits {}", target.whole);
  throw Error({.code = ErrorCode::unknown_target,
               .message = message,
               .detail = where(target.branches),
               .hint = hint_for(view, target)});
}

void throw_unknown_branch(const DatabaseView& view, std::string_view whole, std::string_view branch,
                          std::string_view rest) {
  const auto branches = view.branches();
  const auto near = nearest_word(branch, branches);
  throw Error(
      {.code = ErrorCode::unknown_target,
       .message = fmt::format("there is no branch {} for target {}", branch, whole),
       .detail = branches.empty() ? "The migrations have no branch at all."
                                  : fmt::format("The branches are {}.", listed(branches)),
       .hint = near.empty() ? "`dbmigrate branches` lists them." : fmt::format("Did you mean \"{}@{}\"?", near, rest)});
}

}  // namespace dbmigrate
