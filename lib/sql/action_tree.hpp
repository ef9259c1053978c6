// The actions in libpg_query's tree of a statement.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "sql/actions.hpp"
#include "sql/tree.hpp"

namespace dbmigrate::sql {

/// Bodies within bodies are read this deep.
inline constexpr int kDeepestBody = 3;

/// What is known while a statement's tree is read.
struct Reading {
  std::string_view statement;
  int depth = 0;  ///< of the body that the statement stands in
};

/// What pg_query_parse() says in JSON, as a value; discarded where that is none, as of a statement that is not UTF-8.
Tree tree_of(std::string_view json);

/// All of it.
std::vector<Action> actions_in(const Tree& root, const Reading& reading);

/// Names over 63 bytes.
std::vector<LongName> long_names_in(const Tree& root, std::string_view statement);

// One for each group of statements; they add nothing for a `kind` that they do not know.
using Actions = std::vector<Action>;
void read_definition(const std::string& kind, const Tree& node, Actions& actions);     ///< CREATE …
void read_alteration(const std::string& kind, const Tree& node, Actions& actions);     ///< ALTER TABLE and its kind
void read_object_change(const std::string& kind, const Tree& node, Actions& actions);  ///< DROP, RENAME, ALTER TYPE …
void read_rows(const std::string& kind, const Tree& node, Actions& actions);           ///< INSERT, SELECT, COPY …
void read_maintenance(const std::string& kind, const Tree& node, Actions& actions);    ///< VACUUM, SET, LOCK, BEGIN …
void read_body(const std::string& kind, const Tree& node, const Reading& reading, Actions& actions);  ///< DO, FUNCTION

ColumnDefinition column_definition(const Tree& column_def);
TableConstraint table_constraint(const Tree& constraint);
ObjectClass object_class(std::string_view object_type);  ///< `OBJECT_TABLE`
Persistence persistence_of(const Tree& relation);

}  // namespace dbmigrate::sql
