// A column has the type timestamp without time zone.
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_definitions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto* const column : columns_given_by(statement)) {
    if (column->type.name != ObjectName{"", "timestamp"}) continue;
    findings.push_back({column->at, fmt::format("{} is a timestamp without time zone", column->name)});
  }
  return findings;
}

}  // namespace

Rule timestamp_without_time_zone() {
  return {
      .id = "timestamp-without-time-zone",
      .severity = Severity::info,
      .trigger = "A column has the type timestamp without time zone.",
      .effect = "It is a reading of some clock, not a moment: what it means depends on who wrote it and who reads it.",
      .remedy = "Use timestamptz.",
      .source = "https://www.postgresql.org/docs/current/datatype-datetime.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN seen timestamp;",
      .good = "ALTER TABLE users ADD COLUMN seen timestamptz;",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
