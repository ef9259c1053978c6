// A primary key is an int or smaller.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>

#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// What a small integer is called in PostgreSQL's sources, and what makes one.
bool is_small(const sql::TypeUse& type) {
  constexpr std::array<std::string_view, 8> kSmall{"int4",    "int2",        "serial",  "serial4",
                                                   "serial2", "smallserial", "integer", "smallint"};
  return type.name.schema.empty() && !type.is_array &&
         std::find(kSmall.begin(), kSmall.end(), type.name.name) != kSmall.end();
}

/// The columns of a table's only key of one column.
bool is_key(const sql::ColumnDefinition& column, const std::vector<sql::TableConstraint>& constraints) {
  return std::any_of(constraints.begin(), constraints.end(), [&](const sql::TableConstraint& one) {
    return one.form == sql::ConstraintForm::primary_key && one.columns == std::vector{column.name};
  });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const made = statement.as<sql::CreateTable>();
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    const bool key = is_key(*column, column->constraints) || (made != nullptr && is_key(*column, made->constraints));
    if (!key || !is_small(column->type)) continue;
    findings.push_back({column->at, fmt::format("the primary key {} is {}", column->name, column->type.text())});
  }
  return findings;
}

}  // namespace

Rule int_primary_key() {
  return {
      .id = "int-primary-key",
      .severity = Severity::info,
      .trigger = "A primary key is an int or smaller.",
      .effect =
          "It runs out of numbers at 2 147 483 647, and making it a bigint then rewrites the table and those that "
          "refer to it.",
      .remedy = "Use bigint.",
      .source = "https://www.postgresql.org/docs/current/datatype-numeric.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "CREATE TABLE teams (id int PRIMARY KEY);",
      .good = "CREATE TABLE teams (id bigint PRIMARY KEY);",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
