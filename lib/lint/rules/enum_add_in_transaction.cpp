// A value is added to an enum inside a transaction, on a server before PostgreSQL 12.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  constexpr int kFirstThatTakesIt = 12;
  const auto* const alter = statement.as<sql::AlterEnum>();
  if (!alter || !alter->renamed.empty() || !so_far.in_transaction()) return {};
  if (so_far.server_major() >= kFirstThatTakesIt) return {};
  return {{alter->at, "a value cannot be added to an enum inside a transaction"}};
}

}  // namespace

Rule enum_add_in_transaction() {
  return {
      .id = "enum-add-in-transaction",
      .severity = Severity::error,
      .trigger = "A value is added to an enum inside a transaction, on a server before PostgreSQL 12.",
      .effect =
          "Refused with SQLSTATE 25001. dbmigrate does not run on such servers; the rule is for "
          "those who only lint with it.",
      .remedy = "Put it into a migration with transaction: none.",
      .source = "https://www.postgresql.org/docs/current/sql-altertype.html",
      .given = "CREATE TYPE mood AS ENUM ('sad');",
      .bad =
          "-- dbmigrate: transaction=revision\n"
          "ALTER TYPE mood ADD VALUE 'ok';",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TYPE mood ADD VALUE 'ok';",
      .fires_until = 11,
      .check = check,
  };
}

}  // namespace dbmigrate
