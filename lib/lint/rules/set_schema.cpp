// An existing table or view is moved to another schema.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const move = statement.as<sql::MoveToSchema>();
  const bool relation = move && (move->what == ObjectClass::table || move->what == ObjectClass::view ||
                                 move->what == ObjectClass::materialized_view);
  if (!relation || so_far.created_table(move->object)) return {};
  return {{move->at, fmt::format("running code looks for {} where it is now", name_for_people(move->object)),
           move->object}};
}

}  // namespace

Rule set_schema() {
  return {
      .id = "set-schema",
      .severity = Severity::warning,
      .trigger = "An existing table or view is moved to another schema.",
      .effect = "As a rename: code that runs does not find it any more.",
      .remedy = "Create a view in the old schema in the same transaction and say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given =
          "CREATE SCHEMA archive;\n"
          "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users SET SCHEMA archive;",
      .good = "CREATE VIEW archive.users AS SELECT * FROM users;",
      .check = check,
  };
}

}  // namespace dbmigrate
