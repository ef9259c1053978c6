// Everything but ALTER TABLE and rows. The modes were measured on PostgreSQL 15; they hold for 13 to 18.
// SPDX-License-Identifier: Apache-2.0
#include "lint/prediction.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "lint/predictor.hpp"

namespace dbmigrate {
namespace {

void add_once(const ObjectName& name, std::vector<ObjectName>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void add_all(const std::vector<ObjectName>& from, std::vector<ObjectName>& to) {
  for (const auto& name : from) add_once(name, to);
}

bool is_about_rows(const sql::Action& action) {
  return std::holds_alternative<sql::Query>(action) || std::holds_alternative<sql::WriteRows>(action);
}

void add_lock(const PredictedLock& lock, std::vector<PredictedLock>& locks) {
  const auto found =
      std::find_if(locks.begin(), locks.end(), [&](const PredictedLock& one) { return one.relation == lock.relation; });
  if (found == locks.end()) {
    locks.push_back(lock);
  } else {
    found->mode = std::max(found->mode, lock.mode);
  }
}

}  // namespace

TableLockMode Prediction::on(const ObjectName& relation) const {
  for (const auto& lock : locks) {
    if (lock.relation == relation) return lock.mode;
  }
  return TableLockMode::none;
}

const PredictedLock* Prediction::strongest_on_old() const {
  const PredictedLock* strongest = nullptr;
  for (const auto& lock : locks) {
    if (lock.age == Age::old && (strongest == nullptr || lock.mode > strongest->mode)) strongest = &lock;
  }
  return strongest;
}

bool Prediction::takes_long() const { return !rewrites.empty() || !scans.empty() || !index_builds.empty(); }

void Prediction::add(const Prediction& other) {
  for (const auto& lock : other.locks) add_lock(lock, locks);
  add_all(other.rewrites, rewrites);
  add_all(other.scans, scans);
  add_all(other.perhaps_scans, perhaps_scans);
  add_all(other.index_builds, index_builds);
  add_all(other.emptied, emptied);
  add_all(other.writes, writes);
  if (fails.empty()) fails = other.fails;
  if (fails_with_rows.empty()) fails_with_rows = other.fails_with_rows;
}

Prediction predict(const std::vector<sql::Action>& actions, const KnownSchema& schema,
                   const PredictionSettings& settings) {
  return Predictor(actions, schema, settings).run();
}

Prediction Predictor::run() {
  for (const auto& action : actions_) std::visit(*this, action);
  // Locks of a statement that is refused do not matter.
  if (!prediction_.fails.empty()) {
    auto state = std::move(prediction_.fails);
    prediction_ = {};
    prediction_.fails = std::move(state);
  }
  return std::move(prediction_);
}

void Predictor::lock(const ObjectName& relation, TableLockMode mode, ObjectClass what) {
  const auto name = schema_.resolved(relation);
  const auto* const known = schema_.relation(name);
  add_lock({name, known != nullptr ? known->what : what, mode, known != nullptr ? known->age : Age::old},
           prediction_.locks);
}

void Predictor::scan(const ObjectName& relation) { add_once(schema_.resolved(relation), prediction_.scans); }
void Predictor::perhaps_scan(const ObjectName& relation) {
  add_once(schema_.resolved(relation), prediction_.perhaps_scans);
}
void Predictor::build_index(const ObjectName& relation) {
  add_once(schema_.resolved(relation), prediction_.index_builds);
}
void Predictor::copy(const ObjectName& relation) { add_once(schema_.resolved(relation), prediction_.rewrites); }

void Predictor::rewrite(const ObjectName& relation) {
  copy(relation);
  scan(relation);
  const auto* const known = schema_.relation(relation);
  // A table without any index is rare enough to be told from one of which nothing is known.
  if (known == nullptr || !known->indexes.empty() || !known->columns_known) build_index(relation);
}

void Predictor::operator()(const sql::CreateTable& action) {
  const auto* const there = schema_.relation(action.table);
  if (action.if_not_exists && there != nullptr) return;
  const auto refer = [&](const sql::TableConstraint& constraint) {
    using Form = sql::ConstraintForm;
    const bool own = constraint.references == action.table;
    if (constraint.form == Form::foreign_key && !own) lock(constraint.references, TableLockMode::share_row_exclusive);
    const bool of_index =
        constraint.form == Form::unique || constraint.form == Form::primary_key || constraint.form == Form::exclusion;
    if (of_index) build_index(action.table);
  };
  for (const auto& column : action.columns) std::for_each(column.constraints.begin(), column.constraints.end(), refer);
  std::for_each(action.constraints.begin(), action.constraints.end(), refer);
  for (const auto& source : action.like) {
    lock(source, TableLockMode::access_share);
    const auto* const known = schema_.relation(source);
    if (action.like_indexes && (known == nullptr || !known->indexes.empty())) build_index(action.table);
  }
  for (const auto& parent : action.inherits) lock(parent, TableLockMode::share_update_exclusive);
  if (!action.partition_of) return;
  lock(*action.partition_of, TableLockMode::access_exclusive);
  for (const auto* const partition : schema_.descendants_of(*action.partition_of)) {
    if (!partition->default_partition || action.default_partition) continue;
    lock(partition->name, TableLockMode::access_exclusive);
    scan(partition->name);
  }
}

void Predictor::operator()(const sql::CreateIndex& action) {
  const auto* const table = schema_.relation(action.table);
  if (action.concurrently && table != nullptr && table->partitioned) {
    prediction_.fails = "0A000";
    return;
  }
  const auto mode = action.concurrently ? TableLockMode::share_update_exclusive : TableLockMode::share;
  lock(action.table, mode);
  if (action.if_not_exists && schema_.index(action.index).second != nullptr) return;
  if (!action.only) {
    for (const auto* const child : schema_.descendants_of(action.table)) {
      if (table->partitioned) lock(child->name, mode);
    }
  }
  const bool partitioned = table != nullptr && table->partitioned;
  if (partitioned && action.only) return;
  for (const auto& name : with_rows(action.table, !partitioned)) {
    scan(name);
    build_index(name);
  }
}

void Predictor::drop_relation(const ObjectName& name, bool cascade) {
  lock(name, TableLockMode::access_exclusive);
  const auto* const known = schema_.relation(name);
  if (known == nullptr) return;
  if (known->parent) lock(*known->parent, TableLockMode::access_exclusive);
  for (const auto& constraint : known->constraints) {
    if (constraint.is.form == sql::ConstraintForm::foreign_key) {
      lock(constraint.is.references, TableLockMode::access_exclusive);
    }
  }
  for (const auto* const child : schema_.descendants_of(name)) {
    if (known->partitioned || cascade) lock(child->name, TableLockMode::access_exclusive);
  }
  if (!cascade) return;
  for (const auto& reference : schema_.references_to(name)) lock(reference.from->name, TableLockMode::access_exclusive);
  for (const auto* const view : schema_.readers_of(name)) lock(view->name, TableLockMode::access_exclusive);
}

void Predictor::drop_schema(const std::string& schema) {
  for (const auto& [name, relation] : schema_.relations()) {
    if (name.schema == schema) lock(name, TableLockMode::access_exclusive);
  }
}

void Predictor::operator()(const sql::Drop& action) {
  constexpr auto kFull = TableLockMode::access_exclusive;
  for (const auto& object : action.objects) {
    if (action.what == ObjectClass::index) {
      const auto table = schema_.index(object).first;
      const auto mode = action.concurrently ? TableLockMode::share_update_exclusive : kFull;
      if (table != nullptr) lock(table->name, mode);
      lock(object, kFull, ObjectClass::index);
    } else if (action.what == ObjectClass::trigger || action.what == ObjectClass::rule ||
               action.what == ObjectClass::policy) {
      lock(object, kFull);
    } else if (action.what == ObjectClass::schema) {
      drop_schema(object.name);
    } else if (action.what == ObjectClass::function) {
      if (!action.cascade) continue;
      for (const auto& [name, relation] : schema_.relations()) {
        const bool uses = std::any_of(relation.triggers.begin(), relation.triggers.end(),
                                      [&](const auto& one) { return one.second.name == object.name; });
        if (uses) lock(name, kFull);
      }
    } else if (action.what == ObjectClass::type || action.what == ObjectClass::domain) {
      if (!action.cascade) continue;
      for (const auto* const user : schema_.users_of(object)) lock(user->name, kFull);
    } else if (action.what != ObjectClass::database && action.what != ObjectClass::other) {
      drop_relation(object, action.cascade);
    }
  }
}

void Predictor::operator()(const sql::Rename& action) {
  constexpr auto kFull = TableLockMode::access_exclusive;
  switch (action.what) {
    case ObjectClass::index:
      return lock(action.object, TableLockMode::share_update_exclusive, ObjectClass::index);
    case ObjectClass::table:
    case ObjectClass::view:
    case ObjectClass::materialized_view:
    case ObjectClass::sequence:
    case ObjectClass::foreign_table:
    case ObjectClass::column:
    case ObjectClass::constraint:
    case ObjectClass::trigger:
    case ObjectClass::policy:
    case ObjectClass::rule: {
      const bool of_index = schema_.index(action.object).second != nullptr;
      lock(action.object, kFull, of_index ? ObjectClass::index : ObjectClass::table);
      if (action.what != ObjectClass::column) return;
      for (const auto* const child : schema_.descendants_of(action.object)) lock(child->name, kFull);
      return;
    }
    default:
      return;
  }
}

void Predictor::operator()(const sql::MoveToSchema& action) {
  const bool relation = action.what == ObjectClass::table || action.what == ObjectClass::view ||
                        action.what == ObjectClass::materialized_view || action.what == ObjectClass::sequence ||
                        action.what == ObjectClass::foreign_table;
  if (relation) lock(action.object, TableLockMode::access_exclusive);
}

void Predictor::operator()(const sql::LockTables& action) {
  for (const auto& table : action.tables) {
    lock(table, static_cast<TableLockMode>(std::clamp(action.mode, 0, 8)));
    for (const auto* const child : schema_.descendants_of(table)) {
      lock(child->name, static_cast<TableLockMode>(std::clamp(action.mode, 0, 8)));
    }
  }
}

void Predictor::operator()(const sql::Vacuum& action) {
  for (const auto& table : action.tables) {
    lock(table, action.full ? TableLockMode::access_exclusive : TableLockMode::share_update_exclusive);
    if (action.full) rewrite(table);
  }
}

void Predictor::operator()(const sql::Cluster& action) {
  if (!action.table) return;
  lock(*action.table, TableLockMode::access_exclusive);
  rewrite(*action.table);
}

void Predictor::reindex_schema(const std::string& schema, TableLockMode mode) {
  for (const auto& [name, relation] : schema_.relations()) {
    const bool has_rows = relation.what == ObjectClass::table || relation.what == ObjectClass::materialized_view;
    if (name.schema != schema || !has_rows || relation.partitioned) continue;
    lock(name, mode);
    if (relation.indexes.empty()) continue;
    scan(name);
    build_index(name);
    for (const auto& index : relation.indexes) lock(index.name, TableLockMode::access_exclusive, ObjectClass::index);
  }
}

void Predictor::operator()(const sql::Reindex& action) {
  const auto mode = action.concurrently ? TableLockMode::share_update_exclusive : TableLockMode::share;
  if (action.kind == sql::Reindex::Kind::schema) return reindex_schema(action.object.name, mode);
  if (action.kind == sql::Reindex::Kind::index) {
    lock(action.object, TableLockMode::access_exclusive, ObjectClass::index);
    const auto* const table = schema_.index(action.object).first;
    if (table == nullptr) return;
    lock(table->name, mode);
    scan(table->name);
    build_index(table->name);
  } else if (action.kind == sql::Reindex::Kind::table) {
    lock(action.object, mode);
    scan(action.object);
    build_index(action.object);
    const auto* const table = schema_.relation(action.object);
    if (table == nullptr) return;
    for (const auto& index : table->indexes) lock(index.name, TableLockMode::access_exclusive, ObjectClass::index);
  }
}

void Predictor::operator()(const sql::Refresh& action) {
  lock(action.view, action.concurrently ? TableLockMode::exclusive : TableLockMode::access_exclusive,
       ObjectClass::materialized_view);
  const auto* const view = schema_.relation(action.view);
  scan(action.view);
  if (!action.concurrently) {
    copy(action.view);
    if (view == nullptr || !view->indexes.empty()) build_index(action.view);
  }
  if (view == nullptr) return;
  for (const auto& table : view->reads) {
    lock(table, TableLockMode::access_share);
    scan(table);
  }
}

void Predictor::operator()(const sql::CreateTrigger& action) { lock(action.table, TableLockMode::share_row_exclusive); }
void Predictor::operator()(const sql::CreateRule& action) { lock(action.table, TableLockMode::access_exclusive); }
void Predictor::operator()(const sql::CreatePolicy& action) { lock(action.table, TableLockMode::access_exclusive); }

void Predictor::operator()(const sql::AlterDomain& action) {
  using Kind = sql::AlterDomain::Kind;
  const bool checks = (action.kind == Kind::add_constraint && !action.not_valid) || action.kind == Kind::validate ||
                      action.kind == Kind::set_not_null;
  if (!checks) return;
  for (const auto* const table : schema_.users_of(action.domain)) {
    lock(table->name, TableLockMode::share);
    scan(table->name);
  }
}

void Predictor::operator()(const sql::AlterSequence& action) {
  lock(action.sequence, TableLockMode::share_row_exclusive, ObjectClass::sequence);
  if (!action.owner.name.empty()) lock(action.owner, TableLockMode::access_share);
}

void Predictor::operator()(const sql::Comment& action) {
  switch (action.what) {
    case ObjectClass::table:
    case ObjectClass::view:
    case ObjectClass::materialized_view:
    case ObjectClass::index:
    case ObjectClass::sequence:
    case ObjectClass::foreign_table:
    case ObjectClass::column:
    case ObjectClass::constraint:
    case ObjectClass::trigger:
    case ObjectClass::rule:
    case ObjectClass::policy:
      return lock(action.object, TableLockMode::share_update_exclusive, action.what);
    default:
      return;
  }
}

void Predictor::operator()(const sql::CreatePublication& action) {
  for (const auto& table : action.tables) lock(table, TableLockMode::share_update_exclusive);
}

void Predictor::operator()(const sql::CreateStatistics& action) {
  for (const auto& table : action.tables) lock(table, TableLockMode::share_update_exclusive);
}

void Predictor::operator()(const sql::DoBlock& action) {
  if (!action.body) return;
  // A schema may be large: it is copied only where a statement changes what a later one finds.
  std::optional<KnownSchema> changed;
  for (const auto& statement : action.body->statements) {
    prediction_.add(predict(statement.actions, changed ? *changed : schema_, settings_));
    const bool is_last = &statement == &action.body->statements.back();
    if (is_last || std::all_of(statement.actions.begin(), statement.actions.end(), is_about_rows)) continue;
    if (!changed) changed = schema_;
    for (const auto& inner : statement.actions) changed->apply(inner);
  }
}

}  // namespace dbmigrate
