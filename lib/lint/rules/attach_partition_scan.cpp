// A table is attached as a partition without a valid CHECK that implies the bound, or the parent has a DEFAULT par.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const attach = statement.as<sql::AttachPartition>();
  if (!attach || attach->altered.what == ObjectClass::index) return {};
  std::vector<Finding> findings;
  for (const auto& scanned : statement.prediction().scans) {
    if (so_far.created_table(scanned)) continue;
    findings.push_back({attach->altered.at,
                        fmt::format("{} is scanned while nobody may read or write it", name_for_people(scanned)),
                        scanned});
  }
  return findings;
}

}  // namespace

Rule attach_partition_scan() {
  return {
      .id = "attach-partition-scan",
      .severity = Severity::error,
      .trigger =
          "A table is attached as a partition without a valid CHECK that implies the bound, or the "
          "parent has a DEFAULT partition.",
      .effect =
          "Scans the attached table under ACCESS EXCLUSIVE; the DEFAULT partition too, for rows "
          "that belong into the new one.",
      .remedy =
          "Give the table a CHECK that says the bound (and IS NOT NULL) as NOT VALID, validate it "
          "in a later transaction, then attach. A CHECK on the DEFAULT partition that excludes the "
          "range spares its scan.",
      .source =
          "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
      .given =
          "CREATE TABLE events (id int) PARTITION BY RANGE (id);\n"
          "CREATE TABLE old_events (id int);",
      .bad = "ALTER TABLE events ATTACH PARTITION old_events FOR VALUES FROM (0) TO (100);",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE old_events ADD CONSTRAINT bound CHECK (id IS NOT NULL AND id >= 0 AND id < "
          "100) NOT VALID;\n"
          "ALTER TABLE old_events VALIDATE CONSTRAINT bound;\n"
          "ALTER TABLE events ATTACH PARTITION old_events FOR VALUES FROM (0) TO (100);",
      .check = check,
  };
}

}  // namespace dbmigrate
