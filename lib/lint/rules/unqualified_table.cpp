// A table is created without the name of its schema.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  const auto look_at = [&](const ObjectName& table, sql::Persistence persistence, std::size_t at) {
    if (!table.schema.empty() || persistence == sql::Persistence::temporary) return;
    findings.push_back({at, fmt::format("search_path decides in which schema {} is made", table.name)});
  };
  for (const auto* const made : statement.all<sql::CreateTable>()) look_at(made->table, made->persistence, made->at);
  for (const auto* const made : statement.all<sql::CreateTableAs>()) look_at(made->table, made->persistence, made->at);
  return findings;
}

}  // namespace

Rule unqualified_table() {
  return {
      .id = "unqualified-table",
      .severity = Severity::info,
      .trigger = "A table is created without the name of its schema.",
      .effect = "search_path decides where it goes: another role, or another setting, and it is made elsewhere.",
      .remedy = "Write the schema.",
      .source = "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",
      .given = "CREATE SCHEMA app;",
      .bad = "CREATE TABLE users (id bigint PRIMARY KEY);",
      .good = "CREATE TABLE app.users (id bigint PRIMARY KEY);",
      .usual = Usual::off,
      .check = check,
  };
}

}  // namespace dbmigrate
