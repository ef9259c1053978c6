// A column has the type json.
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    if (column->type.name != ObjectName{"", "json"}) continue;
    findings.push_back({column->at, fmt::format("{} is json, which has no equality", column->name)});
  }
  return findings;
}

}  // namespace

Rule json_column() {
  return {
      .id = "json-column",
      .severity = Severity::info,
      .trigger = "A column has the type json.",
      .effect =
          "There is no equality for json, so SELECT DISTINCT, GROUP BY and UNION over the table "
          "fail.",
      .remedy = "Use jsonb.",
      .source = "https://www.postgresql.org/docs/current/datatype-json.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN settings json;",
      .good = "ALTER TABLE users ADD COLUMN settings jsonb;",
      .check = check,
  };
}

}  // namespace dbmigrate
