// A column has the type char(n).
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    if (column->type.name != ObjectName{"", "bpchar"}) continue;
    findings.push_back(
        {column->at, fmt::format("{} is {}, which is padded with blanks", column->name, column->type.text())});
  }
  return findings;
}

}  // namespace

Rule char_column() {
  return {
      .id = "char-column",
      .severity = Severity::info,
      .trigger = "A column has the type char(n).",
      .effect =
          "Values are padded with blanks that most comparisons leave out and some do not, and it is neither smaller "
          "nor faster than text.",
      .remedy = "Use text, or varchar, with a CHECK where the length matters.",
      .source = "https://www.postgresql.org/docs/current/datatype-character.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN country char(2);",
      .good = "ALTER TABLE users ADD COLUMN country text;",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
