// A foreign key is dropped, by itself, with its column or with its table.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  const auto tell = [&](const KnownConstraint& key, const ObjectName& table, std::size_t at) {
    const auto& other = key.is.references;
    if (key.is.form != sql::ConstraintForm::foreign_key || so_far.created_table(other)) return;
    if (other == table) return;
    findings.push_back(
        {at, fmt::format("dropping the foreign key to {} blocks its reads and writes", name_for_people(other)), other});
  };
  for (const auto* const drop : statement.all<sql::DropConstraint>()) {
    const auto* const table = so_far.schema().relation(drop->altered.relation);
    const auto* const key = table != nullptr ? table->constraint(drop->name) : nullptr;
    if (key != nullptr) tell(*key, table->name, drop->altered.at);
  }
  for (const auto* const drop : statement.all<sql::DropColumn>()) {
    const auto* const table = so_far.schema().relation(drop->altered.relation);
    if (table == nullptr) continue;
    for (const auto& key : table->constraints) {
      const auto& columns = key.is.columns;
      if (std::find(columns.begin(), columns.end(), drop->column) != columns.end())
        tell(key, table->name, drop->altered.at);
    }
  }
  const auto* const drop = statement.as<sql::Drop>();
  if (!drop || drop->what != ObjectClass::table) return findings;
  for (const auto& object : drop->objects) {
    const auto* const table = so_far.schema().relation(object);
    if (table == nullptr) continue;
    for (const auto& key : table->constraints) tell(key, table->name, drop->at);
  }
  return findings;
}

}  // namespace

Rule drop_fk_locks_referenced_table() {
  return {
      .id = "drop-fk-locks-referenced-table",
      .severity = Severity::warning,
      .trigger =
          "A foreign key is dropped, by itself, with its column or with its table. Known only with "
          "the catalog.",
      .effect =
          "Takes ACCESS EXCLUSIVE on the referenced table as well, which the statement does not "
          "name.",
      .remedy =
          "Drop foreign keys one at a time, each in a migration of its own, before the table; keep "
          "a lock_timeout.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given =
          "CREATE TABLE teams (id int PRIMARY KEY);\n"
          "CREATE TABLE users (id int, team_id int REFERENCES teams (id));",
      .bad = "ALTER TABLE users DROP CONSTRAINT users_team_id_fkey;",
      .good = "ALTER TABLE users ALTER COLUMN team_id DROP NOT NULL;",
      .check = check,
  };
}

}  // namespace dbmigrate
