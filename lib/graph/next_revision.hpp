// The name of a revision that is about to be written, in the style of those before it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// Lower case, digits and single underscores, at most 60 bytes; empty when `message` has no ASCII letter or digit.
std::string slug_of(std::string_view message);

/// `names` are those of one branch. By the style of the last of them in natural order: a counter with as many digits
/// (`004_`), minutes in UTC (`20251101_0900_`), always behind every other name; without a number, the slug alone.
/// The first of a branch is `001_`. `slug` is not empty.
std::string next_revision_name(const std::vector<std::string>& names, std::string_view slug,
                               std::chrono::system_clock::time_point now);

}  // namespace dbmigrate
