// A schema or a database is dropped.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const drop = statement.as<sql::Drop>();
  if (!drop || (drop->what != ObjectClass::schema && drop->what != ObjectClass::database)) return {};
  std::vector<Finding> findings;
  for (const auto& object : drop->objects) {
    findings.push_back({drop->at, fmt::format("everything in {} is gone for good", object.name)});
  }
  return findings;
}

}  // namespace

Rule drop_schema() {
  return {
      .id = "drop-schema",
      .severity = Severity::error,
      .trigger = "A schema or a database is dropped.",
      .effect = "All that is in it is gone; every table is locked with ACCESS EXCLUSIVE.",
      .remedy = "Drop what is in it by name, in migrations of their own.",
      .source = "https://www.postgresql.org/docs/current/sql-dropschema.html",
      .given = "CREATE SCHEMA archive;",
      .bad = "DROP SCHEMA archive;",
      .good = "CREATE SCHEMA IF NOT EXISTS archive;",
      .check = check,
  };
}

}  // namespace dbmigrate
