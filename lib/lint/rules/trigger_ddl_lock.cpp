// A trigger, rule or policy is created on an existing table, a trigger is dropped, or row security is switched on.
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  const auto tell = [&](const ObjectName& table, std::size_t at, std::string_view what) {
    if (so_far.created_table(table)) return;
    const auto mode = statement.prediction().on(so_far.schema().resolved(table));
    findings.push_back(
        {at, fmt::format("{} blocks {} of {} for a moment", what, blocked_by(mode), name_for_people(table)), table});
  };
  if (const auto* const made = statement.as<sql::CreateTrigger>()) tell(made->table, made->at, "CREATE TRIGGER");
  if (const auto* const made = statement.as<sql::CreateRule>()) tell(made->table, made->at, "CREATE RULE");
  if (const auto* const made = statement.as<sql::CreatePolicy>()) tell(made->table, made->at, "CREATE POLICY");
  if (const auto* const drop = statement.as<sql::Drop>(); drop && drop->what == ObjectClass::trigger) {
    for (const auto& table : drop->objects) tell(table, drop->at, "DROP TRIGGER");
  }
  for (const auto* const option : statement.all<sql::AlterOption>()) {
    if (option->kind != sql::AlterOption::Kind::enable_row_security) continue;
    tell(option->altered.relation, option->altered.at, "ENABLE ROW LEVEL SECURITY");
  }
  return findings;
}

}  // namespace

Rule trigger_ddl_lock() {
  return {
      .id = "trigger-ddl-lock",
      .severity = Severity::warning,
      .trigger =
          "A trigger, rule or policy is created on an existing table, a trigger is dropped, or row "
          "security is switched on.",
      .effect =
          "Takes SHARE ROW EXCLUSIVE (CREATE TRIGGER) or ACCESS EXCLUSIVE (the others). It is "
          "short, but it waits for every running transaction on the table, and all later ones wait "
          "behind it.",
      .remedy = "Keep a lock_timeout, as dbmigrate does by default, and say so with an allow line.",
      .source = "https://www.postgresql.org/docs/current/sql-createtrigger.html",
      .given =
          "CREATE TABLE users (id int);\n"
          "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
      .bad = "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
      .good =
          "CREATE TABLE new_users (id int);\n"
          "CREATE TRIGGER touch BEFORE UPDATE ON new_users FOR EACH ROW EXECUTE FUNCTION touch();",
      .check = check,
  };
}

}  // namespace dbmigrate
