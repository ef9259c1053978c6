// ALTER TABLE, part by part: the statement takes the strongest lock of its parts.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <variant>

#include "lint/column_changes.hpp"
#include "lint/predictor.hpp"

namespace dbmigrate {
namespace {

constexpr auto kFull = TableLockMode::access_exclusive;

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

/// A CHECK that speaks of every constant of the bound and excludes NULL is taken to imply it; proving it is the
/// server's.
bool seems_to_imply(const KnownRelation& table, const std::vector<std::string>& bounds) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const KnownConstraint& one) {
    const auto& check = one.is.check;
    return one.valid && one.is.form == sql::ConstraintForm::check && !check.not_null.empty() &&
           std::all_of(bounds.begin(), bounds.end(),
                       [&](const std::string& bound) { return contains(check.constants, bound); });
  });
}

TableLockMode mode_of(const sql::AlterOption& action) {
  using Kind = sql::AlterOption::Kind;
  switch (action.kind) {
    case Kind::statistics:
    case Kind::column_options:
    case Kind::cluster_on:
      return TableLockMode::share_update_exclusive;
    case Kind::table_options:
      return action.name == "user_catalog_table" ? kFull : TableLockMode::share_update_exclusive;
    case Kind::enable_trigger:
    case Kind::disable_trigger:
    case Kind::disable_all_triggers:
      return TableLockMode::share_row_exclusive;
    default:
      return kFull;
  }
}

}  // namespace

void Predictor::lock_altered(const sql::Altered& altered, TableLockMode mode) {
  lock(altered.relation, mode, altered.what);
  if (altered.only) return;
  for (const auto* const child : schema_.descendants_of(altered.relation)) lock(child->name, mode);
}

std::vector<ObjectName> Predictor::with_rows(const ObjectName& relation, bool only) const {
  std::vector<ObjectName> names;
  const auto* const known = schema_.relation(relation);
  if (known == nullptr || !known->partitioned) names.push_back(schema_.resolved(relation));
  if (only) return names;
  for (const auto* const child : schema_.descendants_of(relation)) {
    if (!child->partitioned) names.push_back(child->name);
  }
  return names;
}

std::vector<ObjectName> Predictor::with_rows(const sql::Altered& altered) const {
  return with_rows(altered.relation, altered.only);
}

bool Predictor::is_dropped_here(const std::string& constraint) const {
  return std::any_of(actions_.begin(), actions_.end(), [&](const sql::Action& action) {
    const auto* const drop = std::get_if<sql::DropConstraint>(&action);
    return drop != nullptr && drop->name == constraint;
  });
}

bool Predictor::is_proved(const KnownRelation* table, const std::string& column) const {
  if (table == nullptr) return false;
  // DROP CONSTRAINT comes first, wherever it stands in the statement.
  return std::any_of(table->constraints.begin(), table->constraints.end(), [&](const KnownConstraint& one) {
    return one.valid && contains(one.is.check.not_null, column) && !is_dropped_here(one.is.name);
  });
}

void Predictor::operator()(const sql::AddColumn& action) {
  if (action.altered.what == ObjectClass::type) return lock(action.altered.relation, kFull, ObjectClass::type);
  lock_altered(action.altered, kFull);
  const auto* const table = schema_.relation(action.altered.relation);
  if (action.if_not_exists && table != nullptr && table->column(action.column.name) != nullptr) return;
  const auto& column = action.column;
  const bool filled = (column.default_value && !column.default_value->is_null) || column.identity || column.generated ||
                      column.is_serial();
  if (!why_added_column_rewrites(column, schema_).empty()) {
    for (const auto& name : with_rows(action.altered)) rewrite(name);
  }
  if (column.default_value) use_sequences(*column.default_value);
  if (column.not_null && !filled) prediction_.fails_with_rows = "23502";
  for (const auto& constraint : column.constraints) add_constraint(action.altered, constraint, filled);
}

void Predictor::add_constraint(const sql::Altered& altered, const sql::TableConstraint& constraint,
                               bool rows_have_value) {
  using Form = sql::ConstraintForm;
  const bool foreign = constraint.form == Form::foreign_key;
  const auto* const table = schema_.relation(altered.relation);
  if (foreign) lock(constraint.references, TableLockMode::share_row_exclusive);
  const bool partitioned = table != nullptr && table->partitioned;
  if (foreign && constraint.not_valid && partitioned && settings_.server_major < 18) prediction_.fails = "42809";
  // A foreign key of a new column without a value has nothing to look up; a CHECK is evaluated all the same.
  if (constraint.not_valid || (foreign && !rows_have_value)) return;
  const bool of_index = constraint.form == Form::unique || constraint.form == Form::primary_key;
  if (of_index && !constraint.index.empty()) {
    if (constraint.form == Form::unique) return;
    const auto* const index = schema_.index({altered.relation.schema, constraint.index}).second;
    const bool proved = index != nullptr && std::all_of(index->columns.begin(), index->columns.end(), [&](auto& name) {
                          const auto* const column = table->column(name);
                          return (column != nullptr && column->not_null) || is_proved(table, name);
                        });
    if (!proved) scan(altered.relation);
    return;
  }
  for (const auto& name : with_rows(altered)) {
    scan(name);
    if (of_index || constraint.form == Form::exclusion) build_index(name);
  }
  if (foreign) scan(constraint.references);
}

void Predictor::operator()(const sql::AddConstraint& action) {
  const bool foreign = action.constraint.form == sql::ConstraintForm::foreign_key;
  lock_altered(action.altered, foreign ? TableLockMode::share_row_exclusive : kFull);
  add_constraint(action.altered, action.constraint, true);
}

void Predictor::operator()(const sql::DropColumn& action) {
  if (action.altered.what == ObjectClass::type) return lock(action.altered.relation, kFull, ObjectClass::type);
  lock_altered(action.altered, kFull);
  const auto* const table = schema_.relation(action.altered.relation);
  if (table == nullptr) return;
  for (const auto& constraint : table->constraints) {
    const bool foreign = constraint.is.form == sql::ConstraintForm::foreign_key;
    if (foreign && contains(constraint.is.columns, action.column)) lock(constraint.is.references, kFull);
  }
  if (!action.cascade) return;
  for (const auto* const view : schema_.readers_of(action.altered.relation)) {
    if (view->read_columns.empty() || contains(view->read_columns, action.column)) lock(view->name, kFull);
  }
  for (const auto& reference : schema_.references_to(action.altered.relation)) {
    if (contains(reference.constraint->is.referenced_columns, action.column)) lock(reference.from->name, kFull);
  }
}

bool Predictor::has_check_on(const KnownRelation* table, const std::string& column) const {
  return table != nullptr &&
         std::any_of(table->constraints.begin(), table->constraints.end(), [&](const KnownConstraint& one) {
           return one.is.form == sql::ConstraintForm::check && contains(one.is.columns, column);
         });
}

void Predictor::lock_partners_of_type_change(const sql::ChangeColumnType& action, bool rewrites) {
  const auto* const table = schema_.relation(action.altered.relation);
  if (table == nullptr) return;
  for (const auto& constraint : table->constraints) {
    const bool foreign = constraint.is.form == sql::ConstraintForm::foreign_key;
    if (!foreign || !contains(constraint.is.columns, action.column)) continue;
    lock(constraint.is.references, kFull);
    if (rewrites) scan(constraint.is.references);
  }
  for (const auto& reference : schema_.references_to(action.altered.relation)) {
    auto columns = reference.constraint->is.referenced_columns;
    if (columns.empty()) {
      for (const auto& one : table->constraints) {
        if (one.is.form == sql::ConstraintForm::primary_key) columns = one.is.columns;
      }
    }
    if (!contains(columns, action.column)) continue;
    lock(reference.from->name, kFull);
    if (rewrites) scan(reference.from->name);
  }
}

void Predictor::operator()(const sql::ChangeColumnType& action) {
  if (action.altered.what == ObjectClass::type) return lock(action.altered.relation, kFull, ObjectClass::type);
  for (const auto* const view : schema_.readers_of(action.altered.relation)) {
    if (contains(view->read_columns, action.column)) prediction_.fails = "0A000";
  }
  lock_altered(action.altered, kFull);
  const auto* const table = schema_.relation(action.altered.relation);
  const auto change = type_change(table != nullptr ? table->column(action.column) : nullptr, action, schema_,
                                  settings_.time_zone_is_utc);
  const bool rewrites = change == TypeChange::rewrite || change == TypeChange::perhaps_rewrite;
  lock_partners_of_type_change(action, rewrites);
  for (const auto& name : with_rows(action.altered)) {
    const auto* const one = schema_.relation(name);
    if (rewrites) rewrite(name);
    const bool indexed = one != nullptr && std::any_of(one->indexes.begin(), one->indexes.end(),
                                                       [&](const KnownIndex& i) { return i.uses(action.column); });
    if (change == TypeChange::indexes && indexed) {
      scan(name);
      build_index(name);
    }
    if (has_check_on(one, action.column)) scan(name);
  }
}

void Predictor::operator()(const sql::SetNotNull& action) {
  lock_altered(action.altered, kFull);
  for (const auto& name : with_rows(action.altered)) {
    const auto* const table = schema_.relation(name);
    const auto* const column = table != nullptr ? table->column(action.column) : nullptr;
    if ((column != nullptr && column->not_null) || is_proved(table, action.column)) continue;
    scan(name);
  }
}

void Predictor::operator()(const sql::DropNotNull& action) { lock_altered(action.altered, kFull); }
void Predictor::operator()(const sql::SetDefault& action) { lock_altered(action.altered, kFull); }

void Predictor::operator()(const sql::ValidateConstraint& action) {
  lock_altered(action.altered, TableLockMode::share_update_exclusive);
  const auto* const table = schema_.relation(action.altered.relation);
  const auto* const known = table != nullptr ? table->constraint(action.name) : nullptr;
  if (known != nullptr && known->valid) return;
  for (const auto& name : with_rows(action.altered)) scan(name);
  if (known == nullptr || known->is.form != sql::ConstraintForm::foreign_key) return;
  lock(known->is.references, TableLockMode::row_share);
  scan(known->is.references);
}

void Predictor::operator()(const sql::DropConstraint& action) {
  lock_altered(action.altered, kFull);
  const auto* const table = schema_.relation(action.altered.relation);
  const auto* const known = table != nullptr ? table->constraint(action.name) : nullptr;
  if (known == nullptr) return;
  if (known->is.form == sql::ConstraintForm::foreign_key) lock(known->is.references, kFull);
  if (!action.cascade) return;
  for (const auto& reference : schema_.references_to(action.altered.relation)) lock(reference.from->name, kFull);
}

void Predictor::operator()(const sql::AttachPartition& action) {
  if (action.altered.what == ObjectClass::index) {
    lock(action.altered.relation, TableLockMode::share_update_exclusive, ObjectClass::index);
    lock(action.partition, kFull, ObjectClass::index);
    for (const auto& index : {action.altered.relation, action.partition}) {
      if (const auto* const table = schema_.index(index).first) lock(table->name, TableLockMode::access_share);
    }
    return;
  }
  lock(action.altered.relation, TableLockMode::share_update_exclusive);
  lock(action.partition, kFull);
  const auto* const partition = schema_.relation(action.partition);
  if (!action.is_default && (partition == nullptr || !seems_to_imply(*partition, action.bounds))) {
    for (const auto& name : with_rows(action.partition, false)) scan(name);
  }
  for (const auto* const other : schema_.descendants_of(action.altered.relation)) {
    if (!other->default_partition) continue;
    lock(other->name, kFull);
    scan(other->name);
  }
}

void Predictor::operator()(const sql::DetachPartition& action) {
  const bool gentle = action.concurrently || action.finalize;
  lock(action.altered.relation, gentle ? TableLockMode::share_update_exclusive : kFull);
  lock(action.partition, kFull);
}

void Predictor::operator()(const sql::AlterOption& action) {
  using Kind = sql::AlterOption::Kind;
  auto mode = mode_of(action);
  if (action.altered.what == ObjectClass::index && action.kind == Kind::table_options) {
    mode = TableLockMode::share_update_exclusive;
  }
  if (action.altered.what == ObjectClass::sequence) mode = TableLockMode::share_row_exclusive;
  lock(action.altered.relation, mode, action.altered.what);
  if (action.kind == Kind::add_parent || action.kind == Kind::drop_parent) {
    lock(action.other, TableLockMode::share_update_exclusive);
  }
  const auto* const table = schema_.relation(action.altered.relation);
  const auto is = [&](sql::Persistence persistence) { return table != nullptr && table->persistence == persistence; };
  const bool changes_nothing = (action.kind == Kind::logged && is(sql::Persistence::permanent)) ||
                               (action.kind == Kind::unlogged && is(sql::Persistence::unlogged)) ||
                               (action.kind == Kind::access_method && action.name == "heap");
  if (changes_nothing) return;
  if (action.kind == Kind::tablespace) copy(action.altered.relation);
  const bool rewrites = action.kind == Kind::logged || action.kind == Kind::unlogged ||
                        action.kind == Kind::access_method || action.kind == Kind::expression;
  if (rewrites) rewrite(action.altered.relation);
}

}  // namespace dbmigrate
