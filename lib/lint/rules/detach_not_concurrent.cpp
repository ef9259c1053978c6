// A partition is detached without CONCURRENTLY, on PostgreSQL 14 or later.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  constexpr int kFirstWithConcurrently = 14;
  const auto* const detach = statement.as<sql::DetachPartition>();
  if (!detach || detach->concurrently || detach->finalize || so_far.server_major() < kFirstWithConcurrently) return {};
  if (so_far.created_table(detach->altered.relation)) return {};
  // With a DEFAULT partition PostgreSQL refuses CONCURRENTLY.
  for (const auto* const partition : so_far.schema().descendants_of(detach->altered.relation)) {
    if (partition->default_partition) return {};
  }
  return {{detach->altered.at,
           fmt::format("detaching {} blocks reads and writes of {}", name_for_people(detach->partition),
                       name_for_people(detach->altered.relation)),
           detach->altered.relation}};
}

}  // namespace

Rule detach_not_concurrent() {
  return {
      .id = "detach-not-concurrent",
      .severity = Severity::warning,
      .trigger = "A partition is detached without CONCURRENTLY, on PostgreSQL 14 or later.",
      .effect = "Takes ACCESS EXCLUSIVE on the parent, and so on all that go through it.",
      .remedy =
          "Use DETACH PARTITION … CONCURRENTLY in a migration that runs outside a transaction. "
          "Where it was cancelled, DETACH PARTITION … FINALIZE ends it. It is not for parents with "
          "a DEFAULT partition.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION",
      .given =
          "CREATE TABLE events (id int) PARTITION BY RANGE (id);\n"
          "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);",
      .bad = "ALTER TABLE events DETACH PARTITION events_1;",
      .good = "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;",
      .good_since = 14,
      .check = check,
  };
}

}  // namespace dbmigrate
