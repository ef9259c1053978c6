// The text that names a database: what it may be, and the password in it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// Every form in which the text holds a password: as written and percent-decoded or unquoted. Empty when none.
std::vector<std::string> passwords_in(std::string_view url);

/// `url` with *** for each password, for messages.
std::string redacted(std::string_view url);

/// Throws Error{invalid_config} naming `from` for what is neither postgresql://, postgres://, embedded: nor
/// `key=value …`. The text itself is not repeated: it may be a password in the wrong place.
void check_database_url(std::string_view url, const std::string& from);

}  // namespace dbmigrate
