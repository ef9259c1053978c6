// An enum is created.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const made = statement.as<sql::CreateEnum>();
  if (!made) return {};
  return {{made->at, fmt::format("the values of {} can only be added to", name_for_people(made->name))}};
}

}  // namespace

Rule enum_type() {
  return {
      .id = "enum-type",
      .severity = Severity::info,
      .trigger = "An enum is created.",
      .effect =
          "Its values cannot be removed or put in another order, and a new one is of no use before its transaction has "
          "ended.",
      .remedy = "Use a table of values and a foreign key, or a CHECK, where the values will change.",
      .source = "https://www.postgresql.org/docs/current/datatype-enum.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "CREATE TYPE mood AS ENUM ('sad', 'ok');",
      .good = "CREATE TABLE moods (name text PRIMARY KEY);",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
