// What an expression or a query is made of, over all of it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/facts.hpp"

namespace dbmigrate::sql {

/// A type as it is used. PostgreSQL's own have no schema and the short name that its sources know them by: `int4`,
/// `varchar`, `timestamptz`.
struct TypeUse {
  ObjectName name;
  std::vector<std::string> modifiers;  ///< `12`, `2`
  bool is_array = false;

  /// `numeric(12,2)`, `text[]`
  [[nodiscard]] std::string text() const;
  bool operator==(const TypeUse&) const = default;
};

struct FunctionCall {
  ObjectName name;  ///< without the schema pg_catalog
  std::size_t at = 0;
  /// Constants among the arguments, in their order, as text; a boolean is `true` or `false`.
  std::vector<std::string> constants;
};

struct Expression {
  std::size_t at = 0;  ///< bytes into the statement
  std::vector<FunctionCall> calls;
  std::vector<std::string> columns;    ///< the last part of each name
  std::vector<std::string> strings;    ///< string constants
  std::vector<std::string> constants;  ///< all constants but NULL, as text
  std::vector<ObjectName> reads;       ///< relations of all queries in it; not names of WITH
  std::vector<ObjectName> locks_rows;  ///< those of them in a query FOR UPDATE, FOR SHARE …
  std::vector<std::string> not_null;   ///< columns that it cannot be true for when they are NULL: AND of IS NOT NULL
  std::string cast_to;                 ///< the last part of the type that all of it is cast to
  bool is_null = false;                ///< the constant NULL
  bool is_true = false;                ///< the constant true, or two equal constants compared
  bool has_query = false;
  bool is_column = false;  ///< one column and nothing else, casts apart
  /// Picks few rows, as far as the text tells: an AND with a column = constant, IN (constants), BETWEEN, or both < and
  /// >; or a query in it with LIMIT.
  bool is_bounded = false;
  std::vector<std::string> exact_columns;  ///< those compared by = or IN
};

}  // namespace dbmigrate::sql
