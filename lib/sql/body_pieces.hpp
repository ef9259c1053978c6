// The SQL in a PL/pgSQL body that its parser does not know, as far as words tell it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate::sql {

/// Where SQL may begin in each piece of the body that a semicolon ends: at its first word, and behind BEGIN, THEN, ELSE
/// and LOOP. The views go up to the semicolon; those of one piece are together, the longest first, sixteen at most.
/// Empty for what cannot be split.
std::vector<std::vector<std::string_view>> pieces_of_body(std::string_view body);

}  // namespace dbmigrate::sql
