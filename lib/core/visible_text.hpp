// Text from elsewhere (files, servers, arguments) made fit to be shown.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dbmigrate {

/// The first character of valid UTF-8 that acts instead of being seen: a control character, or one that turns the
/// direction of reading or ends a line unseen. npos when there is none; line feeds and tabs count.
std::size_t first_unseen_character(std::string_view text);

enum class Colours { shown, kept };  ///< `ESC [ … m`: as text, or as what it is where our own text has some

/// What a terminal obeys becomes `\x1b`, what would reorder or hide text `\u202e`, a byte that is no UTF-8 `\xff`.
/// Line feeds and tabs stay.
std::string visible_text(std::string_view text, Colours colours = Colours::shown);

/// The same inside a JSON document, as its own escapes. `document` is valid UTF-8 with control characters escaped
/// already, but for DEL and those beyond ASCII.
std::string visible_json(std::string document);

/// At most `most` bytes, cut between characters, with how many more there were.
std::string shortened(std::string text, std::size_t most);

}  // namespace dbmigrate
