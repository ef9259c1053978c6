// What becomes of a table's rows when a column is added or changed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "lint/known_schema.hpp"

namespace dbmigrate {

/// The first call in it that PostgreSQL evaluates for each row: of a volatile function, or of one that nothing is known
/// of (functions are volatile unless they say otherwise). Empty = none.
std::string volatile_call(const sql::Expression& expression, const KnownSchema& schema);

/// Why ADD COLUMN writes the table anew, in words that follow "because"; empty when it does not.
std::string why_added_column_rewrites(const sql::ColumnDefinition& column, const KnownSchema& schema);

enum class TypeChange {
  nothing,  ///< the catalog alone; CHECKs on the column are checked again
  indexes,  ///< its indexes are built anew
  rewrite,
  perhaps_nothing,  ///< the old type is not known; free from some
  perhaps_rewrite,  ///< the old type is not known; free from few
};

/// `column` is null when it is not known. TimeZone decides between timestamp and timestamptz.
TypeChange type_change(const KnownColumn* column, const sql::ChangeColumnType& change, const KnownSchema& schema,
                       bool time_zone_is_utc);

}  // namespace dbmigrate
