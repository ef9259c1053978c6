// The prediction of one statement while it is put together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lint/prediction.hpp"

namespace dbmigrate {

/// One overload for each action that locks something; the last for the others.
class Predictor {
 public:
  Predictor(const std::vector<sql::Action>& actions, const KnownSchema& schema, const PredictionSettings& settings)
      : actions_(actions), schema_(schema), settings_(settings) {}

  Prediction run();

  // ALTER TABLE: prediction_of_alterations.cpp
  void operator()(const sql::AddColumn& action);
  void operator()(const sql::DropColumn& action);
  void operator()(const sql::ChangeColumnType& action);
  void operator()(const sql::SetNotNull& action);
  void operator()(const sql::DropNotNull& action);
  void operator()(const sql::SetDefault& action);
  void operator()(const sql::AddConstraint& action);
  void operator()(const sql::ValidateConstraint& action);
  void operator()(const sql::DropConstraint& action);
  void operator()(const sql::AttachPartition& action);
  void operator()(const sql::DetachPartition& action);
  void operator()(const sql::AlterOption& action);

  // The rest: prediction.cpp and prediction_of_rows.cpp
  void operator()(const sql::CreateTable& action);
  void operator()(const sql::CreateTableAs& action);
  void operator()(const sql::CreateView& action);
  void operator()(const sql::CreateIndex& action);
  void operator()(const sql::Drop& action);
  void operator()(const sql::Rename& action);
  void operator()(const sql::MoveToSchema& action);
  void operator()(const sql::Truncate& action);
  void operator()(const sql::WriteRows& action);
  void operator()(const sql::Query& action);
  void operator()(const sql::LockTables& action);
  void operator()(const sql::Vacuum& action);
  void operator()(const sql::Cluster& action);
  void operator()(const sql::Reindex& action);
  void operator()(const sql::Refresh& action);
  void operator()(const sql::CreateTrigger& action);
  void operator()(const sql::CreateRule& action);
  void operator()(const sql::CreatePolicy& action);
  void operator()(const sql::AlterDomain& action);
  void operator()(const sql::AlterSequence& action);
  void operator()(const sql::Comment& action);
  void operator()(const sql::CreatePublication& action);
  void operator()(const sql::CreateStatistics& action);
  void operator()(const sql::DoBlock& action);
  template <class Other>
  void operator()(const Other&) {}

 private:
  using Tables = std::vector<const KnownRelation*>;

  void lock(const ObjectName& relation, TableLockMode mode, ObjectClass what = ObjectClass::table);
  void scan(const ObjectName& relation);
  void perhaps_scan(const ObjectName& relation);
  void rewrite(const ObjectName& relation);
  void build_index(const ObjectName& relation);
  void copy(const ObjectName& relation);
  void empty(const ObjectName& relation);
  void drop_relation(const ObjectName& name, bool cascade);
  void drop_schema(const std::string& schema);
  void reindex_schema(const std::string& schema, TableLockMode mode);
  void read(const sql::Expression& query, bool bounded);
  void use_sequences(const sql::Expression& expression);

  /// Locks the altered relation and, unless ONLY, what inherits from it.
  void lock_altered(const sql::Altered& altered, TableLockMode mode);
  /// The same relations, as far as they have rows of their own.
  [[nodiscard]] std::vector<ObjectName> with_rows(const sql::Altered& altered) const;
  [[nodiscard]] std::vector<ObjectName> with_rows(const ObjectName& relation, bool only) const;
  [[nodiscard]] bool is_dropped_here(const std::string& constraint) const;
  [[nodiscard]] bool is_proved(const KnownRelation* table, const std::string& column) const;
  void add_constraint(const sql::Altered& altered, const sql::TableConstraint& constraint, bool rows_have_value);
  void lock_partners_of_type_change(const sql::ChangeColumnType& action, bool rewrites);
  [[nodiscard]] bool has_check_on(const KnownRelation* table, const std::string& column) const;

  const std::vector<sql::Action>& actions_;
  const KnownSchema& schema_;
  const PredictionSettings& settings_;
  Prediction prediction_;
};

}  // namespace dbmigrate
