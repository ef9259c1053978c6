// Expressions, queries and types in libpg_query's tree.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/expression.hpp"
#include "sql/tree.hpp"

namespace dbmigrate::sql {

/// `node` is the wrapper, `{"FuncCall": {…}}`, or a list of such.
Expression expression_in(const Tree& node);

TypeUse type_in(const Tree& type_name);

/// A constant as text: `5`, `2s`, `true`; casts of constants too. Empty for anything else.
std::string constant_in(const Tree& node);

/// The text of each `{"String": …}`.
std::vector<std::string> strings_in(const Tree& list);

/// libpg_query's `location`, 0 where there is none.
std::size_t location_of(const Tree& node);

/// The first one found in `node` or below it.
std::size_t first_location_in(const Tree& node);

}  // namespace dbmigrate::sql
