// Identifiers and literals as they may stand in SQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate::sql {

/// Always in double quotes. Throws Error{usage} for a NUL byte, which PostgreSQL cannot hold.
std::string quote_identifier(std::string_view name);

/// Safe whatever standard_conforming_strings is: with a backslash inside it becomes E'…'. NUL as above.
std::string quote_literal(std::string_view text);

}  // namespace dbmigrate::sql
