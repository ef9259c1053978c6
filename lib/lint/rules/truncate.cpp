// An existing table is truncated.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const truncate = statement.as<sql::Truncate>();
  if (!truncate) return {};
  std::vector<Finding> findings;
  for (const auto& table : truncate->tables) {
    if (so_far.created_table(table)) continue;
    findings.push_back({truncate->at, fmt::format("the rows of {} are gone for good", name_for_people(table)), table});
  }
  return findings;
}

}  // namespace

Rule truncate() {
  return {
      .id = "truncate",
      .severity = Severity::error,
      .trigger = "An existing table is truncated.",
      .effect =
          "The data is gone. Takes ACCESS EXCLUSIVE, and transactions with an older snapshot see "
          "the table empty.",
      .remedy = "Delete in batches what is to go.",
      .source = "https://www.postgresql.org/docs/current/sql-truncate.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "TRUNCATE users;",
      .good = "DELETE FROM users WHERE id BETWEEN 1 AND 1000;",
      .check = check,
  };
}

}  // namespace dbmigrate
