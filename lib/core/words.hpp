// Names as people write them: natural order, the nearest word, lists in a sentence.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// Runs of digits compare as numbers: `2_b` before `10_a`; equal numbers by their text, so `01` and `1` differ.
std::strong_ordering natural_order(std::string_view left, std::string_view right);

/// The candidate with the fewest edits to `word`, empty when none is near enough to be meant.
std::string nearest_word(std::string_view word, std::span<const std::string> candidates);

/// `Did you mean "x"?`, or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// `a, b and c`.
std::string listed(std::span<const std::string> words);

}  // namespace dbmigrate
