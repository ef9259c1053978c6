// A line `-- dbmigrate: allow` stands before a statement that needs no such leave, or names a rule that there is n.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  // The linter knows which lines it needed; it reports the others by this rule's name.
  static_cast<void>(statement);
  static_cast<void>(so_far);
  return {};
}

}  // namespace

Rule unused_allow() {
  return {
      .id = "unused-allow",
      .severity = Severity::warning,
      .trigger =
          "A line `-- dbmigrate: allow` stands before a statement that needs no such leave, or "
          "names a rule that there is not.",
      .effect = "It would let a later mistake pass that nobody agreed to.",
      .remedy = "Remove it.",
      .source = "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "-- dbmigrate: allow drop-table nobody uses it any more\n"
          "ALTER TABLE users ADD COLUMN name text;",
      .good =
          "-- dbmigrate: allow drop-table nobody uses it any more\n"
          "DROP TABLE users;",
      .check = check,
  };
}

}  // namespace dbmigrate
