// Constraints of a column stand in its definition, others by themselves.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"

namespace dbmigrate {

bool AddedConstraint::rows_have_value() const {
  if (with_column == nullptr) return true;
  const auto& column = with_column->column;
  return (column.default_value && !column.default_value->is_null) || column.identity || column.generated ||
         column.is_serial();
}

std::vector<AddedConstraint> added_constraints(const Statement& statement) {
  std::vector<AddedConstraint> found;
  for (const auto* const add : statement.all<sql::AddConstraint>()) found.push_back({add->altered, add->constraint});
  for (const auto* const add : statement.all<sql::AddColumn>()) {
    for (const auto& constraint : add->column.constraints) found.push_back({add->altered, constraint, add});
  }
  return found;
}

std::vector<AddedForeignKey> added_foreign_keys(const Statement& statement) {
  std::vector<AddedForeignKey> found;
  const auto look_at = [&](const ObjectName& table, const sql::TableConstraint& constraint) {
    if (constraint.form == sql::ConstraintForm::foreign_key) found.push_back({table, constraint});
  };
  for (const auto& one : added_constraints(statement)) look_at(one.altered.relation, one.constraint);
  for (const auto* const created : statement.all<sql::CreateTable>()) {
    for (const auto& constraint : created->constraints) look_at(created->table, constraint);
    for (const auto& column : created->columns) {
      for (const auto& constraint : column.constraints) look_at(created->table, constraint);
    }
  }
  return found;
}

}  // namespace dbmigrate
