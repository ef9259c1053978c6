// A string equal to a value that the same transaction added to an enum is used.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

void add(const sql::Expression& expression, std::vector<std::string>& strings) {
  strings.insert(strings.end(), expression.strings.begin(), expression.strings.end());
}

std::vector<std::string> strings_in(const Statement& statement) {
  std::vector<std::string> strings;
  for (const auto* const one : statement.all<sql::WriteRows>()) add(one->all, strings);
  for (const auto* const one : statement.all<sql::Query>()) add(one->all, strings);
  for (const auto* const one : statement.all<sql::CreateView>()) add(one->query, strings);
  for (const auto* const one : statement.all<sql::CreateTableAs>()) add(one->query, strings);
  for (const auto* const one : statement.all<sql::SetDefault>()) {
    if (one->value) add(*one->value, strings);
  }
  for (const auto* const one : statement.all<sql::AddConstraint>()) add(one->constraint.check, strings);
  for (const auto* const one : statement.all<sql::AddColumn>()) {
    if (one->column.default_value) add(*one->column.default_value, strings);
  }
  for (const auto* const one : statement.all<sql::CreateTable>()) {
    for (const auto& column : one->columns) {
      if (column.default_value) add(*column.default_value, strings);
    }
  }
  return strings;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto strings = strings_in(statement);
  for (const auto& earlier : so_far.in_same_transaction()) {
    for (const auto& action : earlier.actions) {
      const auto* const alter = std::get_if<sql::AlterEnum>(&action);
      if (alter == nullptr || !alter->renamed.empty()) continue;
      if (std::find(strings.begin(), strings.end(), alter->label) == strings.end()) continue;
      return {{0, fmt::format("'{}' may not be used before the transaction that adds it to {} has committed",
                              alter->label, name_for_people(alter->type))}};
    }
  }
  return {};
}

}  // namespace

Rule enum_value_used_in_same_transaction() {
  return {
      .id = "enum-value-used-in-same-transaction",
      .severity = Severity::error,
      .trigger =
          "A string equal to a value that the same transaction added to an enum is used. It may be "
          "another type's; the dry run proves it.",
      .effect = "Refused with SQLSTATE 55P04, also as a new default.",
      .remedy = "Add the value in a migration of its own, before the one that uses it.",
      .source = "https://www.postgresql.org/docs/current/sql-altertype.html",
      .given =
          "CREATE TYPE mood AS ENUM ('sad');\n"
          "CREATE TABLE users (mood mood);",
      .bad =
          "ALTER TYPE mood ADD VALUE 'ok';\n"
          "ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'ok';",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TYPE mood ADD VALUE 'ok';\n"
          "ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'ok';",
      .fails = "55P04",
      .check = check,
  };
}

}  // namespace dbmigrate
