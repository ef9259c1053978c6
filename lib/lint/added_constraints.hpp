// Constraints that an ALTER TABLE adds, by themselves or with a column.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "lint/statement.hpp"

namespace dbmigrate {

struct AddedConstraint {
  const sql::Altered& altered;
  const sql::TableConstraint& constraint;
  const sql::AddColumn* with_column = nullptr;

  /// A column that is added without a value is NULL in every row.
  [[nodiscard]] bool rows_have_value() const;
};

/// Pointers and references are into the statement.
std::vector<AddedConstraint> added_constraints(const Statement& statement);

/// All foreign keys, those of CREATE TABLE too: the table that gets one, and the key.
struct AddedForeignKey {
  const ObjectName& table;
  const sql::TableConstraint& constraint;
};
std::vector<AddedForeignKey> added_foreign_keys(const Statement& statement);

}  // namespace dbmigrate
