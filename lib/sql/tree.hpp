// Reading libpg_query's JSON: fields that are zero, false or empty are left out of it, and lists and enums are named as
// PostgreSQL's sources name them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "sql/facts.hpp"

namespace dbmigrate::sql {

// Not our ordered Json: its objects copy their members as they grow, which on a tree as deep as a long expression
// takes time with the square of the length.
using Tree = nlohmann::json;

std::string text(const Tree& node, const char* key);
bool flag(const Tree& node, const char* key);
int number(const Tree& node, const char* key);
/// The object below `key`; an empty one where there is none.
const Tree& child(const Tree& node, const char* key);
const Tree& list(const Tree& node, const char* key);

/// `{"String": {"sval": "x"}}`.
std::string string_node(const Tree& node);
ObjectName relation_name(const Tree& relation);
/// A possibly qualified name as a list of strings; a database in front of it is dropped.
ObjectName qualified_name(const Tree& names);

/// The value of an option as text: `name`, `name = off`, `name = 0`. Empty when it has none or there is no such option.
struct Option {
  bool given = false;
  std::string value;

  /// As PostgreSQL's defGetBoolean() takes it: no value means on.
  [[nodiscard]] bool on_or(bool otherwise) const;
};
/// The last one of that name counts.
Option option(const Tree& options, std::string_view name);

/// Calls `visit` with every object below `root`, itself included, and the key it stands under, in the order in which a
/// reader meets them within each list; without recursion, however deep the tree is. What `visit` answers false for is
/// not gone into.
void each_node(const Tree& root, const std::function<bool(const std::string& key, const Tree& node)>& visit);

}  // namespace dbmigrate::sql
