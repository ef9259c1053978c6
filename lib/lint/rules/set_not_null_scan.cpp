// A column is made NOT NULL while no valid CHECK proves that it has no NULL.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const set : statement.all<sql::SetNotNull>()) {
    const auto table = so_far.schema().resolved(set->altered.relation);
    const auto& scans = statement.prediction().scans;
    // A partitioned table's rows are in its partitions.
    const auto* const known = so_far.schema().relation(table);
    const bool scanned = std::find(scans.begin(), scans.end(), table) != scans.end() ||
                         (known != nullptr && known->partitioned && !scans.empty());
    if (!scanned || so_far.created_table(table)) continue;
    findings.push_back(
        {set->altered.at,
         fmt::format("looking for NULL in every row of {} blocks reads and writes", name_for_people(table)), table});
  }
  return findings;
}

}  // namespace

Rule set_not_null_scan() {
  return {
      .id = "set-not-null-scan",
      .severity = Severity::error,
      .trigger = "A column is made NOT NULL while no valid CHECK proves that it has no NULL.",
      .effect =
          "Scans the table under ACCESS EXCLUSIVE. A CHECK proves it only by an IS NOT NULL that "
          "nothing but AND stands above, only when it is validated, and not when the same "
          "statement drops it.",
      .remedy =
          "Add a CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in a later transaction, then "
          "SET NOT NULL, which believes it, and drop the CHECK afterwards. Since PostgreSQL 18 a "
          "NOT NULL constraint itself can be NOT VALID.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (email text);",
      .bad = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD CONSTRAINT email_there CHECK (email IS NOT NULL) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT email_there;\n"
          "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
          "ALTER TABLE users DROP CONSTRAINT email_there;",
      .check = check,
  };
}

}  // namespace dbmigrate
