// A column has the type json.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  const auto look_at = [&](const sql::ColumnDefinition& column) {
    if (column.type.name.name != "json" || !column.type.name.schema.empty()) return;
    findings.push_back({column.at, fmt::format("{} is json, which has no equality", column.name)});
  };
  for (const auto* const add : statement.all<sql::AddColumn>()) look_at(add->column);
  for (const auto* const made : statement.all<sql::CreateTable>()) {
    for (const auto& column : made->columns) look_at(column);
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
