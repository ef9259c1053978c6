// A foreign key gets columns that no index of the table begins with.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

bool has_index(const KnownRelation& table, const std::vector<std::string>& columns) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const KnownIndex& index) {
    return !index.partial && index.valid && index.columns.size() >= columns.size() &&
           std::is_permutation(columns.begin(), columns.end(), index.columns.begin());
  });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto& added : added_constraints(statement)) {
    if (added.constraint.form != sql::ConstraintForm::foreign_key) continue;
    const auto* const table = so_far.schema().relation(added.altered.relation);
    if (table == nullptr || !table->columns_known || table->age != Age::old) continue;
    if (has_index(*table, added.constraint.columns)) continue;
    findings.push_back(
        {added.constraint.at,
         fmt::format("no index of {} begins with the columns of its foreign key", name_for_people(table->name)),
         table->name});
  }
  return findings;
}

}  // namespace

Rule fk_without_index() {
  return {
      .id = "fk-without-index",
      .severity = Severity::info,
      .trigger =
          "A foreign key gets columns that no index of the table begins with. Known only with the "
          "catalog.",
      .effect =
          "Deleting or updating a row of the referenced table scans the referencing one, once for "
          "each row.",
      .remedy = "Build an index on the columns with CREATE INDEX CONCURRENTLY first.",
      .source = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
      .given =
          "CREATE TABLE teams (id int PRIMARY KEY);\n"
          "CREATE TABLE users (team_id int);",
      .bad =
          "ALTER TABLE users ADD CONSTRAINT users_team_fk FOREIGN KEY (team_id) REFERENCES teams "
          "(id) NOT VALID;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "CREATE INDEX CONCURRENTLY users_team_idx ON users (team_id);\n"
          "ALTER TABLE users ADD CONSTRAINT users_team_fk FOREIGN KEY (team_id) REFERENCES teams "
          "(id) NOT VALID;",
      .check = check,
  };
}

}  // namespace dbmigrate
