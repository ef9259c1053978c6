// A constraint is validated in the transaction that added it NOT VALID.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

bool adds(const std::vector<sql::Action>& actions, const sql::ValidateConstraint& validate, const ScriptSoFar& so_far) {
  return std::any_of(actions.begin(), actions.end(), [&](const sql::Action& action) {
    const auto* const add = std::get_if<sql::AddConstraint>(&action);
    return add != nullptr && add->constraint.not_valid && add->constraint.name == validate.name &&
           so_far.schema().resolved(add->altered.relation) == so_far.schema().resolved(validate.altered.relation);
  });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const validate : statement.all<sql::ValidateConstraint>()) {
    bool added = adds(statement.actions(), *validate, so_far);
    for (const auto& earlier : so_far.in_same_transaction()) added |= adds(earlier.actions, *validate, so_far);
    if (!added || so_far.created_table(validate->altered.relation)) continue;
    findings.push_back({validate->altered.at,
                        fmt::format("{} is validated under the lock that adding it took", validate->name),
                        validate->altered.relation});
  }
  return findings;
}

}  // namespace

Rule validate_in_same_transaction() {
  return {
      .id = "validate-in-same-transaction",
      .severity = Severity::error,
      .trigger = "A constraint is validated in the transaction that added it NOT VALID.",
      .effect =
          "Scans while the lock of ADD CONSTRAINT is still held: ACCESS EXCLUSIVE for a CHECK, "
          "SHARE ROW EXCLUSIVE on both tables for a foreign key. NOT VALID gains nothing then.",
      .remedy =
          "Validate in a later transaction: in the next migration, or in one with transaction: "
          "none.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
      .given = "CREATE TABLE users (age int);",
      .bad =
          "ALTER TABLE users ADD CONSTRAINT users_age_positive CHECK (age > 0) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT users_age_positive;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD CONSTRAINT users_age_positive CHECK (age > 0) NOT VALID;\n"
          "ALTER TABLE users VALIDATE CONSTRAINT users_age_positive;",
      .check = check,
  };
}

}  // namespace dbmigrate
