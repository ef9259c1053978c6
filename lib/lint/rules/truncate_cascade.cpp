// TRUNCATE has CASCADE.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const truncate = statement.as<sql::Truncate>();
  if (!truncate || !truncate->cascade) return {};
  for (const auto& table : truncate->tables) {
    if (so_far.created_table(table)) continue;
    return {{truncate->at,
             fmt::format("CASCADE empties every table with a foreign key to {} too", name_for_people(table)), table}};
  }
  return {};
}

}  // namespace

Rule truncate_cascade() {
  return {
      .id = "truncate-cascade",
      .severity = Severity::error,
      .trigger = "TRUNCATE has CASCADE.",
      .effect = "Empties every table whose foreign keys lead to one that is named, and those behind them.",
      .remedy = "Name every table that is to be emptied.",
      .source = "https://www.postgresql.org/docs/current/sql-truncate.html",
      .given =
          "CREATE TABLE teams (id int PRIMARY KEY);\n"
          "CREATE TABLE users (team_id int REFERENCES teams (id));",
      .bad = "TRUNCATE teams CASCADE;",
      .good = "-- dbmigrate: allow truncate both only hold what can be made again\nTRUNCATE teams, users;",
      .check = check,
  };
}

}  // namespace dbmigrate
