// A table that is still a partition is dropped.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const drop = statement.as<sql::Drop>();
  if (!drop || drop->what != ObjectClass::table) return {};
  std::vector<Finding> findings;
  for (const auto& object : drop->objects) {
    const auto* const table = so_far.schema().relation(object);
    if (table == nullptr || !table->parent || so_far.created_table(*table->parent)) continue;
    findings.push_back({drop->at,
                        fmt::format("dropping {} blocks reads and writes of {}", name_for_people(object),
                                    name_for_people(*table->parent)),
                        *table->parent});
  }
  return findings;
}

}  // namespace

Rule drop_partition_locks_parent() {
  return {
      .id = "drop-partition-locks-parent",
      .severity = Severity::warning,
      .trigger = "A table that is still a partition is dropped. Known only with the catalog.",
      .effect = "Takes ACCESS EXCLUSIVE on the parent.",
      .remedy = "Detach it CONCURRENTLY first, then drop it.",
      .source = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
      .given =
          "CREATE TABLE events (id int) PARTITION BY RANGE (id);\n"
          "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);",
      .bad = "DROP TABLE events_1;",
      .good = "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;",
      .good_since = 14,
      .check = check,
  };
}

}  // namespace dbmigrate
