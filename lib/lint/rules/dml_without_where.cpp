// UPDATE or DELETE has no WHERE, or one that is always true, wherever in the statement it stands.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const write : statement.all<sql::WriteRows>()) {
    using What = sql::WriteRows::Kind;
    const bool changes = write->kind == What::update || write->kind == What::delete_;
    const bool all = !write->where || write->where->is_true;
    if (!changes || !all || write->joins || so_far.created_table(write->table)) continue;
    findings.push_back({write->at,
                        fmt::format("{} every row of {}", write->kind == What::update ? "changes" : "deletes",
                                    name_for_people(write->table)),
                        write->table});
  }
  return findings;
}

}  // namespace

Rule dml_without_where() {
  return {
      .id = "dml-without-where",
      .severity = Severity::error,
      .trigger =
          "UPDATE or DELETE has no WHERE, or one that is always true, wherever in the statement it "
          "stands.",
      .effect =
          "Locks every row until the end of the transaction, doubles the table's size, writes as "
          "much WAL, and replicas fall behind.",
      .remedy =
          "Use a backfill step, which goes through the table in batches; or name the rows by key "
          "in short transactions.",
      .source = "https://www.postgresql.org/docs/current/mvcc-intro.html",
      .given = "CREATE TABLE users (id int, active boolean);",
      .bad = "UPDATE users SET active = true;",
      .good = "UPDATE users SET active = true WHERE id BETWEEN 1 AND 1000;",
      .check = check,
  };
}

}  // namespace dbmigrate
