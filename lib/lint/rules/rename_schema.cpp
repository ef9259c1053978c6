// A schema is renamed.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const rename = statement.as<sql::Rename>();
  if (!rename || rename->what != ObjectClass::schema) return {};
  return {{rename->at, fmt::format("running code knows the schema as {}", rename->object.name)}};
}

}  // namespace

Rule rename_schema() {
  return {
      .id = "rename-schema",
      .severity = Severity::warning,
      .trigger = "A schema is renamed.",
      .effect = "Code that runs, search paths and functions use the old name.",
      .remedy = "Make a new schema, move what is in it piece by piece, and leave views behind.",
      .source = "https://www.postgresql.org/docs/current/sql-alterschema.html",
      .given = "CREATE SCHEMA archive;",
      .bad = "ALTER SCHEMA archive RENAME TO attic;",
      .good = "CREATE SCHEMA attic;",
      .check = check,
  };
}

}  // namespace dbmigrate
