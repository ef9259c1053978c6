// A table is created without a primary key.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

bool is_primary(const sql::TableConstraint& constraint) { return constraint.form == sql::ConstraintForm::primary_key; }

/// Its own, or one that it may have from elsewhere; or one that a later statement of the text gives it.
bool has_key(const sql::CreateTable& made, const ScriptSoFar& so_far) {
  if (made.foreign || made.partition_of || made.like_indexes || !made.inherits.empty()) return true;
  if (std::any_of(made.constraints.begin(), made.constraints.end(), is_primary)) return true;
  for (const auto& column : made.columns) {
    if (std::any_of(column.constraints.begin(), column.constraints.end(), is_primary)) return true;
  }
  const auto gives_one = [&](const sql::Action& action) {
    const auto* const add = std::get_if<sql::AddConstraint>(&action);
    return add != nullptr && is_primary(add->constraint) && add->altered.relation.name == made.table.name;
  };
  return std::any_of(so_far.following().begin(), so_far.following().end(), [&](const sql::Analysis& later) {
    return std::any_of(later.actions.begin(), later.actions.end(), gives_one);
  });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const made : statement.all<sql::CreateTable>()) {
    if (made->persistence == sql::Persistence::temporary || has_key(*made, so_far)) continue;
    findings.push_back({made->at, fmt::format("{} has no primary key", name_for_people(made->table))});
  }
  return findings;
}

}  // namespace

Rule table_without_primary_key() {
  return {
      .id = "table-without-primary-key",
      .severity = Severity::info,
      .trigger = "A table is created without a primary key.",
      .effect =
          "Logical replication refuses UPDATE and DELETE there, rows that are alike cannot be told apart, and a "
          "backfill has no key to walk along.",
      .remedy = "Give it one.",
      .source = "https://www.postgresql.org/docs/current/logical-replication-publication.html",
      .given = "CREATE TABLE users (id bigint PRIMARY KEY);",
      .bad = "CREATE TABLE teams (id bigint);",
      .good = "CREATE TABLE teams (id bigint PRIMARY KEY);",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
