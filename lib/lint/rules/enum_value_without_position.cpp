// A value is added to an enum without BEFORE or AFTER.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const change = statement.as<sql::AlterEnum>();
  if (!change || !change->renamed.empty() || change->has_position) return {};
  return {
      {change->at, fmt::format("'{}' comes last in the order of {}", change->label, name_for_people(change->type))}};
}

}  // namespace

Rule enum_value_without_position() {
  return {
      .id = "enum-value-without-position",
      .severity = Severity::info,
      .trigger = "A value is added to an enum without BEFORE or AFTER.",
      .effect = "It comes last in the order of the enum, which ORDER BY and comparisons use.",
      .remedy = "Say where it belongs, also where that is the end.",
      .source = "https://www.postgresql.org/docs/current/sql-altertype.html",
      .given = "CREATE TYPE mood AS ENUM ('sad', 'ok');",
      .bad = "ALTER TYPE mood ADD VALUE 'great';",
      .good = "ALTER TYPE mood ADD VALUE 'great' AFTER 'ok';",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
