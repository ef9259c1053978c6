// A column is declared serial.
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    if (!column->is_serial()) continue;
    findings.push_back(
        {column->at, fmt::format("{} is {}, not an identity column", column->name, column->type.name.name)});
  }
  return findings;
}

}  // namespace

Rule serial_column() {
  return {
      .id = "serial-column",
      .severity = Severity::info,
      .trigger = "A column is declared serial.",
      .effect =
          "Its sequence is an object of its own, with owner and privileges of its own, and nothing keeps others from "
          "writing values by hand.",
      .remedy = "Use GENERATED ALWAYS AS IDENTITY.",
      .source = "https://www.postgresql.org/docs/current/ddl-identity-columns.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "CREATE TABLE teams (id bigserial PRIMARY KEY);",
      .good = "CREATE TABLE teams (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
