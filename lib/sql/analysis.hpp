// All that is read off a statement.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/actions.hpp"
#include "sql/facts.hpp"

namespace dbmigrate::sql {

struct Analysis {
  StatementFacts facts;
  std::vector<Action> actions;  ///< in the order in which they are written; empty for what the parser does not know
  std::vector<LongName> long_names;  ///< longer than 63 bytes: PostgreSQL cuts them and only gives a notice
};

/// One statement each, without its semicolon. Never throws for bad SQL; a statement that the parser rejects takes
/// nothing from the others.
std::vector<Analysis> analyses_of(const std::vector<std::string_view>& statements);
Analysis analysis_of(std::string_view statement);

/// How PostgreSQL's own words for a type are understood: `character varying(50)`. Empty when they are no type.
TypeUse type_use(std::string_view text);

}  // namespace dbmigrate::sql
