// Triggers of an existing table are disabled.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const one : statement.all<sql::AlterOption>()) {
    const auto& table = one->altered.relation;
    if ((one->kind != sql::AlterOption::Kind::disable_trigger &&
         one->kind != sql::AlterOption::Kind::disable_all_triggers) ||
        so_far.created_table(table) || one->altered.what != ObjectClass::table)
      continue;
    findings.push_back(
        {one->altered.at,
         one->kind == sql::AlterOption::Kind::disable_all_triggers
             ? fmt::format("no trigger of {} fires any more, and no foreign key is checked", name_for_people(table))
             : fmt::format("triggers of {} no longer fire, for anybody", name_for_people(table)),
         table});
  }
  return findings;
}

}  // namespace

Rule disable_trigger() {
  return {
      .id = "disable-trigger",
      .severity = Severity::warning,
      .trigger = "Triggers of an existing table are disabled.",
      .effect =
          "They do not fire for any session. ALL takes foreign keys with it, and what is written "
          "meanwhile is never checked.",
      .remedy =
          "Let the trigger decide by a setting, such as session_replication_role = replica for the "
          "session alone.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users DISABLE TRIGGER ALL;",
      .good = "ALTER TABLE users ENABLE TRIGGER ALL;",
      .check = check,
  };
}

}  // namespace dbmigrate
