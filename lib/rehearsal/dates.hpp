// Days and times written out in names and definitions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// `text` with every day, and every time behind one, replaced by the same mark: `20251101`, `2025_11_01`,
/// `2025-11-01 09:00:00+00`, `2025-11`.
std::string without_dates(std::string_view text);

/// The spellings that stand for one day, given as `2025-11-01`, and for its month.
std::vector<std::string> spellings_of_day(std::string_view day);

/// True where `text` has `spelling` with no further digit on either side.
bool holds_spelling(std::string_view text, std::string_view spelling);

}  // namespace dbmigrate
