// Targets (`BRANCH@ID+1`, `-1`, `head`) decide what a name cannot be.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/source_text.hpp"
#include "core/visible_text.hpp"
#include "descriptor/branch_reader.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kLongestName = 200;

std::string why_no_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kLongestName) return fmt::format("is longer than {} bytes", kLongestName);
  if (first_invalid_utf8(name) != std::string_view::npos) return "is not UTF-8";
  if (first_unseen_character(name) != std::string_view::npos) return "contains a control character";
  if (name.find('/') != std::string_view::npos) return "contains a slash";
  if (name.find('@') != std::string_view::npos) return "contains an @, which separates branch and revision";
  if (name.front() == '.') return "begins with a dot, as what is passed over does";
  if (name.front() == '-' || name.front() == '+') return "begins like a count of steps (-1, +1) or a flag";
  if (name.front() == ' ' || name.back() == ' ') return "begins or ends with a blank";
  return {};
}

}  // namespace

std::string why_no_revision_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> kTargets{"head", "base", "current"};
  if (std::find(kTargets.begin(), kTargets.end(), name) != kTargets.end()) return "is a target's own word";
  return why_no_name(name);
}

std::string why_no_branch_name(std::string_view name) {
  if (is_side_folder(name)) return "is what a folder inside a branch is called";
  if (is_ignored(name)) return "is passed over, as notes and editors' leftovers are";
  return why_no_name(name);
}

}  // namespace dbmigrate
