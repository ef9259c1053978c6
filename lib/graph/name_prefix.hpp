// When a few characters are enough to name a revision.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// Whether `prefix` may stand for `name`: it is shorter, and ends before a `_` or has at least four characters.
bool is_name_prefix(std::string_view prefix, std::string_view name);

/// Whether `prefix` ends inside a number of `name`, as `1000` does in `10000_b`.
bool cuts_number(std::string_view prefix, std::string_view name);

/// Where some candidates hold the number that `prefix` ends with as a whole, only those are meant: `1000` is `1000_a`
/// although `10000_b` begins with it.
template <typename Candidate, typename NameOf>
void prefer_whole_numbers(std::string_view prefix, std::vector<Candidate>& candidates, NameOf name_of) {
  const auto cut = [&](const Candidate& candidate) { return cuts_number(prefix, name_of(candidate)); };
  if (std::all_of(candidates.begin(), candidates.end(), cut)) return;
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), cut), candidates.end());
}

}  // namespace dbmigrate
