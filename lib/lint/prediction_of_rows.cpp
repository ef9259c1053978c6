// Statements about rows: what they read and write is known, which way the planner takes is not.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/predictor.hpp"

namespace dbmigrate {
namespace {

/// `'m.s'` as nextval() takes it. Names in quotes are left alone: they are rare in such places.
ObjectName sequence_named(const std::string& text) {
  const auto dot = text.find('.');
  return dot == std::string::npos ? ObjectName{"", text} : ObjectName{text.substr(0, dot), text.substr(dot + 1)};
}

bool has_index_for(const KnownRelation& table, const std::vector<std::string>& columns) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const KnownIndex& index) {
    return !index.partial && index.valid && index.columns.size() >= columns.size() &&
           std::is_permutation(columns.begin(), columns.end(), index.columns.begin());
  });
}

}  // namespace

void Predictor::use_sequences(const sql::Expression& expression) {
  for (const auto& call : expression.calls) {
    const auto& name = call.name.name;
    if ((name != "nextval" && name != "setval") || call.constants.empty()) continue;
    lock(sequence_named(call.constants.front()), TableLockMode::row_exclusive, ObjectClass::sequence);
  }
}

void Predictor::read(const sql::Expression& query, bool bounded) {
  for (const auto& relation : query.reads) {
    const bool locks_rows =
        std::find(query.locks_rows.begin(), query.locks_rows.end(), relation) != query.locks_rows.end();
    lock(relation, locks_rows ? TableLockMode::row_share : TableLockMode::access_share);
    if (bounded) {
      perhaps_scan(relation);
    } else {
      scan(relation);
    }
  }
  use_sequences(query);
}

void Predictor::operator()(const sql::Query& action) { read(action.all, action.has_where); }

void Predictor::operator()(const sql::CreateTableAs& action) {
  if (action.with_data) return read(action.query, false);
  for (const auto& relation : action.query.reads) lock(relation, TableLockMode::access_share);
}

void Predictor::operator()(const sql::CreateView& action) {
  for (const auto& relation : action.query.reads) lock(relation, TableLockMode::access_share);
  if (action.replace && schema_.relation(action.view) != nullptr) {
    lock(action.view, TableLockMode::access_exclusive, ObjectClass::view);
  }
}

void Predictor::operator()(const sql::Truncate& action) {
  for (const auto& table : action.tables) {
    empty(table);
    for (const auto* const child : schema_.descendants_of(table)) empty(child->name);
    if (!action.cascade) continue;
    for (const auto& reference : schema_.references_to(table)) empty(reference.from->name);
  }
}

void Predictor::empty(const ObjectName& relation) {
  lock(relation, TableLockMode::access_exclusive);
  const auto name = schema_.resolved(relation);
  if (std::find(prediction_.emptied.begin(), prediction_.emptied.end(), name) == prediction_.emptied.end()) {
    prediction_.emptied.push_back(name);
  }
}

void Predictor::operator()(const sql::WriteRows& action) {
  using Kind = sql::WriteRows::Kind;
  lock(action.table, TableLockMode::row_exclusive);
  const auto name = schema_.resolved(action.table);
  if (std::find(prediction_.writes.begin(), prediction_.writes.end(), name) == prediction_.writes.end()) {
    prediction_.writes.push_back(name);
  }
  read(action.all, action.where.has_value() || action.joins || action.kind == Kind::merge);
  if (action.kind == Kind::update || action.kind == Kind::delete_) {
    if (action.where && !action.where->is_true) {
      perhaps_scan(action.table);
    } else {
      scan(action.table);
    }
  }
  if (action.kind == Kind::merge) perhaps_scan(action.table);
  const auto* const known = schema_.relation(action.table);
  if (known != nullptr && action.kind == Kind::insert) {
    for (const auto& constraint : known->constraints) {
      const bool foreign = constraint.is.form == sql::ConstraintForm::foreign_key;
      if (foreign) lock(constraint.is.references, TableLockMode::row_share);
    }
  }
  if (action.kind != Kind::delete_) return;
  // Deleting a row looks for rows that refer to it.
  for (const auto& reference : schema_.references_to(action.table)) {
    if (!has_index_for(*reference.from, reference.constraint->is.columns)) perhaps_scan(reference.from->name);
  }
}

}  // namespace dbmigrate
