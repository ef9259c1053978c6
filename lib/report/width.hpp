// How many columns text takes on a terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// Of one line of UTF-8 without escape sequences; a byte that is not UTF-8 counts as one column.
int display_width(std::string_view text);

/// At most `width` columns; where something had to go the last column is an ellipsis. 0 = as it is.
std::string fit_to_width(std::string_view text, int width);

/// Text as it may stand inside one line: control characters become spaces, so that no name out of a file or a
/// database moves the cursor.
std::string one_line(std::string_view text);

/// Broken at spaces into lines of at most `width` columns (0 = not broken); line ends in the text are kept, and a
/// word that is wider stays whole.
std::vector<std::string> wrapped(std::string_view text, int width);

}  // namespace dbmigrate
