// A foreign key of a partitioned table is added NOT VALID, on a server before PostgreSQL 18.
// SPDX-License-Identifier: Apache-2.0
#include "lint/added_constraints.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto& added : added_constraints(statement)) {
    const auto* const table = so_far.schema().relation(added.altered.relation);
    const bool foreign = added.constraint.form == sql::ConstraintForm::foreign_key;
    constexpr int kFirstThatTakesIt = 18;
    if (!foreign || !added.constraint.not_valid || table == nullptr || !table->partitioned) continue;
    if (so_far.server_major() >= kFirstThatTakesIt) continue;
    findings.push_back(
        {added.constraint.at,
         fmt::format("{} is partitioned, so a NOT VALID foreign key is refused", name_for_people(table->name)),
         table->name});
  }
  return findings;
}

}  // namespace

Rule fk_partitioned_not_valid() {
  return {
      .id = "fk-partitioned-not-valid",
      .severity = Severity::error,
      .trigger =
          "A foreign key of a partitioned table is added NOT VALID, on a server before PostgreSQL "
          "18. Known only with the catalog.",
      .effect = "Refused with SQLSTATE 42809.",
      .remedy =
          "Add the key NOT VALID to each partition, validate each, then add it to the parent, "
          "which takes those for its own.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given =
          "CREATE TABLE teams (id int PRIMARY KEY);\n"
          "CREATE TABLE events (at date, team_id int) PARTITION BY RANGE (at);\n"
          "CREATE TABLE events_1 PARTITION OF events DEFAULT;",
      .bad =
          "ALTER TABLE events ADD CONSTRAINT events_team_fk FOREIGN KEY (team_id) REFERENCES teams "
          "(id) NOT VALID;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE events_1 ADD CONSTRAINT events_team_fk FOREIGN KEY (team_id) REFERENCES "
          "teams (id) NOT VALID;\n"
          "ALTER TABLE events_1 VALIDATE CONSTRAINT events_team_fk;",
      .fails = "42809",
      .fires_until = 17,
      .check = check,
  };
}

}  // namespace dbmigrate
