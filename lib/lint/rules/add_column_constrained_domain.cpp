// A column of a domain with constraints is added to an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const add : statement.all<sql::AddColumn>()) {
    if (so_far.created_table(add->altered.relation) || add->altered.what != ObjectClass::table) continue;
    if (!so_far.schema().is_constrained_domain(add->column.type)) continue;
    findings.push_back({add->altered.at,
                        fmt::format("checking the domain {} for every row rewrites {}", add->column.type.text(),
                                    name_for_people(add->altered.relation)),
                        add->altered.relation});
  }
  return findings;
}

}  // namespace

Rule add_column_constrained_domain() {
  return {
      .id = "add-column-constrained-domain",
      .severity = Severity::error,
      .trigger =
          "A column of a domain with constraints is added to an existing table. Known only with "
          "the catalog.",
      .effect = "Writes the table anew under ACCESS EXCLUSIVE, even without a default.",
      .remedy = "Add a column of the base type with a CHECK that is NOT VALID, and validate that later.",
      .source = "https://www.postgresql.org/docs/current/sql-createdomain.html",
      .given =
          "CREATE DOMAIN positive AS int CHECK (VALUE > 0);\n"
          "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users ADD COLUMN age positive;",
      .good =
          "ALTER TABLE users ADD COLUMN age int, ADD CONSTRAINT users_age_positive CHECK (age > 0) "
          "NOT VALID;",
      .check = check,
  };
}

}  // namespace dbmigrate
