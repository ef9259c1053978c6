// UPDATE, DELETE, INSERT … SELECT or MERGE writes as many rows of an existing table as there happen to be.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// `column = constant` picks few rows where the column is a key, or where nothing is known of it.
bool is_by_key(const sql::Expression& where, const ObjectName& table, const ScriptSoFar& so_far) {
  if (where.exact_columns.empty()) return true;
  const auto* const known = so_far.schema().relation(table);
  if (known == nullptr || !known->columns_known) return true;
  return std::any_of(known->indexes.begin(), known->indexes.end(), [&](const KnownIndex& index) {
    return !index.columns.empty() && std::find(where.exact_columns.begin(), where.exact_columns.end(),
                                               index.columns.front()) != where.exact_columns.end();
  });
}

bool is_unbounded(const sql::WriteRows& write, const ScriptSoFar& so_far) {
  using What = sql::WriteRows::Kind;
  const auto reads_old = [&] {
    return std::any_of(write.all.reads.begin(), write.all.reads.end(),
                       [&](const ObjectName& read) { return so_far.is_old(read); });
  };
  if (write.kind == What::copy) return false;
  if (write.kind == What::insert) return write.from_query && !write.limited && !write.all.is_bounded && reads_old();
  if (write.kind == What::merge) return true;
  // Without a WHERE it is dml-without-where's to say.
  if (!write.where || write.where->is_true) return write.joins;
  return !write.where->is_bounded || !is_by_key(*write.where, write.table, so_far);
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const write : statement.all<sql::WriteRows>()) {
    if (so_far.created_table(write->table) || !is_unbounded(*write, so_far)) continue;
    findings.push_back({write->at,
                        fmt::format("the number of rows written to {} is not bounded", name_for_people(write->table)),
                        write->table});
  }
  return findings;
}

}  // namespace

Rule backfill_in_migration() {
  return {
      .id = "backfill-in-migration",
      .severity = Severity::warning,
      .trigger =
          "UPDATE, DELETE, INSERT … SELECT or MERGE writes as many rows of an existing table as "
          "there happen to be.",
      .effect =
          "Rows stay locked until the end of the deployment's transaction, the table grows, "
          "replicas fall behind.",
      .remedy =
          "Use a backfill step: it goes through the table in batches, each its own transaction, "
          "and goes on where it was interrupted.",
      .source = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
      .given = "CREATE TABLE users (id int PRIMARY KEY, email text, name text);",
      .bad = "UPDATE users SET name = email WHERE name IS NULL;",
      .good = "UPDATE users SET name = email WHERE id BETWEEN 1 AND 1000 AND name IS NULL;",
      .check = check,
  };
}

}  // namespace dbmigrate
