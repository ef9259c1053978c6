// A value of an enum is renamed.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const alter = statement.as<sql::AlterEnum>();
  if (!alter || alter->renamed.empty()) return {};
  const auto* const type = so_far.schema().type(alter->type);
  if (type != nullptr && type->age != Age::old) return {};
  return {{alter->at, fmt::format("running code writes '{}'", alter->renamed)}};
}

}  // namespace

Rule rename_enum_value() {
  return {
      .id = "rename-enum-value",
      .severity = Severity::warning,
      .trigger = "A value of an enum is renamed.",
      .effect = "Code that runs writes and compares with the old label and fails with SQLSTATE 22P02.",
      .remedy =
          "Add the new value, deploy code that understands both, move the rows in batches, and "
          "stop using the old one.",
      .source = "https://www.postgresql.org/docs/current/sql-altertype.html",
      .given = "CREATE TYPE mood AS ENUM ('sad', 'ok');",
      .bad = "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
      .good = "ALTER TYPE mood ADD VALUE 'fine';",
      .check = check,
  };
}

}  // namespace dbmigrate
