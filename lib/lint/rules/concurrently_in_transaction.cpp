// A statement that PostgreSQL refuses inside a transaction block stands in one: CONCURRENTLY, VACUUM, CREATE DATAB.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const bool in_body = statement.place() == Place::body;
  if (!statement.facts().forbids_transaction || !(so_far.in_transaction() || in_body)) return {};
  return {{0, fmt::format("{} cannot run inside a transaction", statement.facts().command)}};
}

}  // namespace

Rule concurrently_in_transaction() {
  return {
      .id = "concurrently-in-transaction",
      .severity = Severity::error,
      .trigger =
          "A statement that PostgreSQL refuses inside a transaction block stands in one: "
          "CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM and their kind.",
      .effect =
          "The server refuses it with SQLSTATE 25001. Several statements sent as one string are a "
          "transaction too.",
      .remedy = "Put it into a migration, or a step, with transaction: none.",
      .source = "https://www.postgresql.org/docs/current/sql-createindex.html",
      .given =
          "CREATE TABLE users (email text);\n"
          "CREATE INDEX users_email_idx ON users (email);",
      .bad =
          "-- dbmigrate: transaction=revision\n"
          "DROP INDEX CONCURRENTLY users_email_idx;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "DROP INDEX CONCURRENTLY users_email_idx;",
      .fails = "25001",
      .check = check,
  };
}

}  // namespace dbmigrate
