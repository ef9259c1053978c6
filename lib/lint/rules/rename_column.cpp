// A column of an existing table is renamed.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const rename = statement.as<sql::Rename>();
  if (!rename || rename->what != ObjectClass::column || rename->of != ObjectClass::table) return {};
  if (so_far.created_table(rename->object)) return {};
  return {{rename->at,
           fmt::format("running code knows the column as {}.{}", name_for_people(rename->object), rename->part),
           rename->object}};
}

}  // namespace

Rule rename_column() {
  return {
      .id = "rename-column",
      .severity = Severity::warning,
      .trigger = "A column of an existing table is renamed.",
      .effect = "Code that runs uses the old name until it is deployed anew.",
      .remedy =
          "Add a column of the new name, write both, fill it in batches, move the readers, drop "
          "the old one.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (mail text);",
      .bad = "ALTER TABLE users RENAME COLUMN mail TO email;",
      .good = "ALTER TABLE users ADD COLUMN email text;",
      .check = check,
  };
}

}  // namespace dbmigrate
