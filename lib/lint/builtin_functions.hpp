// PostgreSQL's own functions and their volatility.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace dbmigrate {

/// Nothing for a name that is none of pg_catalog's. One name stands for several functions (`ts_rewrite`) that differ:
/// volatile then.
std::optional<bool> builtin_is_volatile(std::string_view function);

}  // namespace dbmigrate
