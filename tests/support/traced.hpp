// Statements as a tracer takes them: a revision of one file, prepared.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "executor/prepared_revision.hpp"
#include "sql/facts.hpp"

namespace dbmigrate::tests {

/// A revision whose only step is `sql`; outside a transaction where its first statement must run there, or as told.
class OneStatement {
 public:
  explicit OneStatement(std::string sql) : OneStatement(sql, mode_for(sql)) {}
  OneStatement(std::string sql, TransactionMode mode) {
    migration_.id = {"main", "one"};
    migration_.file = "one.up.sql";
    migration_.transaction = mode;
    Step step;
    step.transaction = mode;
    step.repeatable = true;
    step.work = SqlText{.text = std::move(sql), .file = "one.up.sql"};
    migration_.up.push_back(std::move(step));
  }

  [[nodiscard]] PreparedRevision prepared() const {
    return prepare_upgrade(PlanStep{.id = migration_.id, .migration = &migration_, .row = {}});
  }

 private:
  static TransactionMode mode_for(const std::string& sql) {
    return sql::facts_of(sql).forbids_transaction ? TransactionMode::none : TransactionMode::revision;
  }
  Migration migration_;
};

}  // namespace dbmigrate::tests
