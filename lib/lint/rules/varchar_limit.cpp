// A column has the type varchar(n).
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    if (column->type.name != ObjectName{"", "varchar"} || column->type.modifiers.empty()) continue;
    findings.push_back({column->at, fmt::format("{} is {}", column->name, column->type.text())});
  }
  return findings;
}

}  // namespace

Rule varchar_limit() {
  return {
      .id = "varchar-limit",
      .severity = Severity::info,
      .trigger = "A column has the type varchar(n).",
      .effect = "A shorter limit later on rewrites the table, and a limit is seldom a fact about the data.",
      .remedy = "Use text, and a CHECK of the length where there is one: that can be changed without a rewrite.",
      .source = "https://www.postgresql.org/docs/current/datatype-character.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN name varchar(50);",
      .good = "ALTER TABLE users ADD COLUMN name text;",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
