// What a statement begins with, for statements that the parser does not know.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "sql/facts.hpp"

namespace dbmigrate::sql {

/// StatementFacts::command: verb and kind of object, `CREATE INDEX CONCURRENTLY`; empty when it holds no token.
std::string command_of(std::string_view statement);

/// The facts as far as keywords and names tell them; `parsed` stays false.
StatementFacts facts_from_words(std::string_view statement);

}  // namespace dbmigrate::sql
