// The reference pages that the program prints of itself.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbmigrate {

/// Markdown of docs/reference/NAME.md; nothing for a page that is not printed. `dbmigrate __reference NAME`.
std::optional<std::string> reference_page(std::string_view name);

}  // namespace dbmigrate
