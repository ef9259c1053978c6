// An existing table is renamed, and no view takes its name in the same transaction.
// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const rename = statement.as<sql::Rename>();
  if (!rename || rename->what != ObjectClass::table || so_far.created_table(rename->object)) return {};
  if (so_far.schema().index(rename->object).second != nullptr) return {};
  // A view of the old name, made in the same transaction, serves whoever still uses it.
  if (so_far.in_transaction()) {
    for (const auto& later : so_far.following()) {
      for (const auto& action : later.actions) {
        const auto* const view = std::get_if<sql::CreateView>(&action);
        if (view != nullptr && view->view.name == rename->object.name) return {};
      }
    }
  }
  return {
      {rename->at, fmt::format("running code knows the table as {}", name_for_people(rename->object)), rename->object}};
}

}  // namespace

Rule rename_table() {
  return {
      .id = "rename-table",
      .severity = Severity::warning,
      .trigger = "An existing table is renamed, and no view takes its name in the same transaction.",
      .effect = "Code that runs uses the old name until it is deployed anew.",
      .remedy = "Create a view of the old name in the same transaction; a simple one takes writes too.",
      .source = "https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users RENAME TO people;",
      .good =
          "ALTER TABLE users RENAME TO people;\n"
          "CREATE VIEW users AS SELECT * FROM people;",
      .check = check,
  };
}

}  // namespace dbmigrate
