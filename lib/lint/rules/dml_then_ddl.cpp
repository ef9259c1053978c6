// A table is altered after rows of it were written in the same transaction.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// The table of an ALTER TABLE; empty for another statement.
ObjectName altered_table(const Statement& statement) {
  for (const auto& action : statement.actions()) {
    const auto found = std::visit(
        [](const auto& one) -> ObjectName {
          if constexpr (requires { one.altered.relation; }) return one.altered.relation;
          return {};
        },
        action);
    if (!found.name.empty()) return found;
  }
  return {};
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  const auto altered = altered_table(statement);
  if (altered.name.empty() || so_far.created_table(altered)) return {};
  bool pending = false;
  for (const auto& earlier : so_far.in_same_transaction()) {
    const auto& writes = earlier.prediction.writes;
    pending |= std::find(writes.begin(), writes.end(), so_far.schema().resolved(altered)) != writes.end();
    for (const auto& action : earlier.actions) {
      if (std::holds_alternative<sql::SetConstraintsImmediate>(action)) pending = false;
    }
  }
  if (pending) {
    findings.push_back(
        {0, fmt::format("{} has been written to in this transaction", name_for_people(altered)), altered});
  }
  return findings;
}

}  // namespace

Rule dml_then_ddl() {
  return {
      .id = "dml-then-ddl",
      .severity = Severity::warning,
      .trigger = "A table is altered after rows of it were written in the same transaction.",
      .effect =
          "With deferred constraints or triggers the server refuses it: SQLSTATE 55006, pending "
          "trigger events.",
      .remedy = "SET CONSTRAINTS ALL IMMEDIATE in between, or two migrations.",
      .source = "https://www.postgresql.org/docs/current/sql-set-constraints.html",
      .given = "CREATE TABLE users (id int, name text);",
      .bad =
          "INSERT INTO users VALUES (1, 'a');\n"
          "ALTER TABLE users ADD COLUMN email text;",
      .good =
          "INSERT INTO users VALUES (1, 'a');\n"
          "SET CONSTRAINTS ALL IMMEDIATE;\n"
          "ALTER TABLE users ADD COLUMN email text;",
      .check = check,
  };
}

}  // namespace dbmigrate
