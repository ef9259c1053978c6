// Looking things up by the names that statements use.
// SPDX-License-Identifier: Apache-2.0
#include "lint/known_schema.hpp"

#include <algorithm>
#include <tuple>

namespace dbmigrate {
namespace {

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

/// As PostgreSQL names what nobody named: `t_a_b_key`.
std::string chosen_name(const ObjectName& table, const std::vector<std::string>& columns, std::string_view suffix) {
  std::string name = table.name;
  for (const auto& column : columns) name += "_" + (column.empty() ? "expr" : column);
  return name + "_" + std::string(suffix);
}

std::string chosen_name(const ObjectName& table, const sql::TableConstraint& constraint) {
  switch (constraint.form) {
    case sql::ConstraintForm::primary_key:
      return table.name + "_pkey";
    case sql::ConstraintForm::unique:
      return chosen_name(table, constraint.columns, "key");
    case sql::ConstraintForm::foreign_key:
      return chosen_name(table, constraint.columns, "fkey");
    case sql::ConstraintForm::exclusion:
      return chosen_name(table, constraint.columns, "excl");
    default:
      return chosen_name(table, constraint.columns.size() == 1 ? constraint.columns : std::vector<std::string>{},
                         "check");
  }
}

template <class Value>
const Value* find_in(const ByName<Value>& values, const ObjectName& name, const std::vector<std::string>& schemas) {
  if (!name.schema.empty()) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
  for (const auto& schema : schemas) {
    if (const auto found = values.find({schema, name.name}); found != values.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

std::string name_for_people(const ObjectName& name) {
  return name.schema.empty() || name.schema == "public" ? name.name : name.schema + "." + name.name;
}

bool KnownIndex::uses(std::string_view column) const {
  return contains(columns, column) || contains(in_expressions, column);
}

const KnownColumn* KnownRelation::column(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const KnownColumn& one) { return one.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

const KnownConstraint* KnownRelation::constraint(std::string_view constraint) const {
  const auto found = std::find_if(constraints.begin(), constraints.end(),
                                  [&](const KnownConstraint& one) { return one.is.name == constraint; });
  return found == constraints.end() ? nullptr : &*found;
}

bool KnownRelation::proves_not_null(std::string_view column) const {
  return std::any_of(constraints.begin(), constraints.end(),
                     [&](const KnownConstraint& one) { return one.valid && contains(one.is.check.not_null, column); });
}

void KnownSchema::set_search_path(std::vector<std::string> schemas) {
  std::erase_if(schemas, [](const std::string& schema) { return schema.empty() || schema == "$user"; });
  if (schemas.empty()) schemas.emplace_back("public");
  search_path_ = std::move(schemas);
}

void KnownSchema::make_old() {
  for (auto& [name, relation] : relations_) relation.age = Age::old;
  for (auto& [name, type] : types_) type.age = Age::old;
  for (auto& [name, function] : functions_) function.age = Age::old;
}

ObjectName KnownSchema::resolved(const ObjectName& name) const {
  if (!name.schema.empty()) return name;
  if (relations_.contains({"pg_temp", name.name})) return {"pg_temp", name.name};
  for (const auto& schema : search_path_) {
    const ObjectName candidate{schema, name.name};
    if (relations_.contains(candidate) || index_tables_.contains(candidate)) return candidate;
  }
  return {search_path_.front(), name.name};
}

const KnownRelation* KnownSchema::relation(const ObjectName& name) const {
  const auto found = relations_.find(resolved(name));
  return found == relations_.end() ? nullptr : &found->second;
}

KnownRelation* KnownSchema::relation(const ObjectName& name) {
  const auto found = relations_.find(resolved(name));
  return found == relations_.end() ? nullptr : &found->second;
}

bool KnownSchema::is_old(const ObjectName& name) const {
  if (name.schema == "pg_temp") return false;
  const auto* const known = relation(name);
  return known == nullptr || known->age == Age::old;
}

bool KnownSchema::is_temporary(const ObjectName& name) const {
  const auto* const known = relation(name);
  return name.schema == "pg_temp" || (known != nullptr && known->age == Age::temporary);
}

std::pair<const KnownRelation*, const KnownIndex*> KnownSchema::index(const ObjectName& name) const {
  const auto table = index_tables_.find(resolved(name));
  if (table == index_tables_.end()) return {};
  const auto* const known = relation(table->second);
  if (known == nullptr) return {};
  for (const auto& one : known->indexes) {
    if (one.name.name == name.name) return {known, &one};
  }
  return {};
}

const KnownType* KnownSchema::type(const ObjectName& name) const { return find_in(types_, name, search_path_); }

const KnownFunction* KnownSchema::function(const ObjectName& name) const {
  return find_in(functions_, name, search_path_);
}

std::vector<Reference> KnownSchema::references_to(const ObjectName& table) const {
  const auto target = resolved(table);
  std::vector<Reference> found;
  for (const auto& [name, relation] : relations_) {
    for (const auto& constraint : relation.constraints) {
      const bool foreign = constraint.is.form == sql::ConstraintForm::foreign_key;
      if (foreign && resolved(constraint.is.references) == target) found.push_back({&relation, &constraint});
    }
  }
  return found;
}

std::vector<const KnownRelation*> KnownSchema::readers_of(const ObjectName& relation) const {
  const auto target = resolved(relation);
  std::vector<const KnownRelation*> found;
  for (const auto& [name, other] : relations_) {
    const bool reads = std::any_of(other.reads.begin(), other.reads.end(),
                                   [&](const ObjectName& one) { return resolved(one) == target; });
    if (reads) found.push_back(&other);
  }
  return found;
}

std::vector<const KnownRelation*> KnownSchema::users_of(const ObjectName& type) const {
  std::vector<const KnownRelation*> found;
  for (const auto& [name, relation] : relations_) {
    if (relation.what != ObjectClass::table && relation.what != ObjectClass::materialized_view) continue;
    const bool uses = std::any_of(relation.columns.begin(), relation.columns.end(), [&](const KnownColumn& column) {
      return column.type.name.name == type.name &&
             (column.type.name.schema.empty() || type.schema.empty() || column.type.name.schema == type.schema);
    });
    if (uses) found.push_back(&relation);
  }
  return found;
}

std::vector<const KnownRelation*> KnownSchema::descendants_of(const ObjectName& relation) const {
  std::vector<const KnownRelation*> found;
  const auto* const top = this->relation(relation);
  if (top == nullptr) return found;
  std::vector<const KnownRelation*> waiting{top};
  while (!waiting.empty()) {
    const auto* const next = waiting.back();
    waiting.pop_back();
    for (const auto& name : next->children) {
      const auto* const child = this->relation(name);
      if (child == nullptr || std::find(found.begin(), found.end(), child) != found.end()) continue;
      found.push_back(child);
      waiting.push_back(child);
    }
  }
  return found;
}

bool KnownSchema::is_constrained_domain(const sql::TypeUse& type) const {
  sql::TypeUse next = type;
  for (int depth = 0; depth < 8; ++depth) {
    const auto* const known = this->type(next.name);
    if (known == nullptr || !known->base || next.is_array) return false;
    if (known->constrained) return true;
    next = *known->base;
  }
  return false;
}

KnownRelation& KnownSchema::add_relation(const ObjectName& name, ObjectClass what) {
  auto& made = relations_[name];
  made.name = name;
  made.what = what;
  made.age = age_of_new_;
  return made;
}

void KnownSchema::add_constraint(KnownRelation& relation, sql::TableConstraint constraint, bool valid) {
  using Form = sql::ConstraintForm;
  const bool of_index =
      constraint.form == Form::unique || constraint.form == Form::primary_key || constraint.form == Form::exclusion;
  if (of_index && !constraint.index.empty()) {
    for (auto& index : relation.indexes) {
      if (index.name.name != constraint.index) continue;
      constraint.columns = index.columns;
      if (constraint.name.empty()) constraint.name = index.name.name;
      index_tables_.erase({relation.name.schema, index.name.name});
      index.name.name = constraint.name;
      index.constraint = constraint.name;
      index_tables_[{relation.name.schema, constraint.name}] = relation.name;
    }
  }
  if (constraint.name.empty()) constraint.name = chosen_name(relation.name, constraint);
  if (constraint.form == Form::foreign_key) constraint.references = resolved(constraint.references);
  if (constraint.form == Form::primary_key || constraint.form == Form::not_null) {
    for (auto& column : relation.columns) column.not_null |= contains(constraint.columns, column.name);
  }
  if (of_index && constraint.index.empty()) {
    KnownIndex index{{relation.name.schema, constraint.name},
                     constraint.columns,
                     {},
                     constraint.form != Form::exclusion,
                     false,
                     true,
                     constraint.name};
    index_tables_[index.name] = relation.name;
    relation.indexes.push_back(std::move(index));
  }
  std::erase_if(relation.constraints, [&](const KnownConstraint& one) { return one.is.name == constraint.name; });
  relation.constraints.push_back({std::move(constraint), valid});
}

void KnownSchema::add_index(const sql::CreateIndex& index, bool valid) {
  auto* const table = relation(index.table);
  if (table == nullptr) return;
  KnownIndex made{{table->name.schema, index.index.name},
                  index.columns,
                  index.expressions.columns,
                  index.unique,
                  index.partial,
                  valid,
                  {}};
  if (made.name.name.empty()) made.name.name = chosen_name(table->name, index.columns, "idx");
  std::erase_if(table->indexes, [&](const KnownIndex& one) { return one.name == made.name; });
  index_tables_[made.name] = table->name;
  table->indexes.push_back(std::move(made));
}

void KnownSchema::remove(const ObjectName& relation) {
  const auto found = relations_.find(resolved(relation));
  if (found == relations_.end()) return;
  for (const auto& index : found->second.indexes) index_tables_.erase(index.name);
  if (found->second.parent) {
    if (auto* const parent = this->relation(*found->second.parent)) std::erase(parent->children, found->first);
  }
  relations_.erase(found);
}

void KnownSchema::add_type(const ObjectName& name, KnownType type) {
  type.age = age_of_new_;
  types_[resolved(name)] = std::move(type);
}

void KnownSchema::add_function(const ObjectName& name, KnownFunction function) {
  function.age = age_of_new_;
  functions_[resolved(name)] = std::move(function);
}

}  // namespace dbmigrate
