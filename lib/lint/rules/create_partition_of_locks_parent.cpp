// A partition of an existing table is created with PARTITION OF.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const made = statement.as<sql::CreateTable>();
  if (!made || !made->partition_of || so_far.created_table(*made->partition_of)) return {};
  return {
      {made->at,
       fmt::format("CREATE TABLE … PARTITION OF blocks reads and writes of {}", name_for_people(*made->partition_of)),
       *made->partition_of}};
}

}  // namespace

Rule create_partition_of_locks_parent() {
  return {
      .id = "create-partition-of-locks-parent",
      .severity = Severity::warning,
      .trigger = "A partition of an existing table is created with PARTITION OF.",
      .effect = "Takes ACCESS EXCLUSIVE on the parent.",
      .remedy =
          "Create the table by itself with LIKE, and attach it: ATTACH PARTITION takes only SHARE "
          "UPDATE EXCLUSIVE on the parent.",
      .source = "https://www.postgresql.org/docs/current/sql-createtable.html",
      .given = "CREATE TABLE events (id int) PARTITION BY RANGE (id);",
      .bad = "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);",
      .good =
          "CREATE TABLE events_1 (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS);\n"
          "ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM (0) TO (100);",
      .check = check,
  };
}

}  // namespace dbmigrate
