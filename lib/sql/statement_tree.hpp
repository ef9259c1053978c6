// The facts in libpg_query's tree of a statement.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "sql/facts.hpp"
#include "sql/tree.hpp"

namespace dbmigrate::sql {

enum class TreeReading { done, unreadable };

/// Adds to `facts` what `tree`, the JSON of pg_query_parse(), says. Unreadable: it is no JSON, as when the statement
/// is not valid UTF-8.
TreeReading read_tree(std::string_view tree, StatementFacts& facts);

/// The same of a tree that has been read already, all of it.
void add_facts(const Tree& root, StatementFacts& facts);

}  // namespace dbmigrate::sql
