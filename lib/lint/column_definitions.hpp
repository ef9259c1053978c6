// The columns that a statement defines, of a new table or added to an old one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "lint/statement.hpp"

namespace dbmigrate {

/// In the order of the statement, which outlives them.
inline std::vector<const sql::ColumnDefinition*> columns_given_by(const Statement& statement) {
  std::vector<const sql::ColumnDefinition*> columns;
  for (const auto* const made : statement.all<sql::CreateTable>()) {
    for (const auto& column : made->columns) columns.push_back(&column);
  }
  for (const auto* const add : statement.all<sql::AddColumn>()) columns.push_back(&add->column);
  return columns;
}

}  // namespace dbmigrate
