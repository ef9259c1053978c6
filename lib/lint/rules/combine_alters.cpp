// Two ALTER TABLE of one table that only change the catalog stand one after the other.
// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// The table of an ALTER TABLE that takes no time; empty for anything else.
ObjectName quick_alteration(const std::vector<sql::Action>& actions, const Prediction& prediction) {
  if (prediction.takes_long() || actions.empty()) return {};
  ObjectName table;
  for (const auto& action : actions) {
    if (std::holds_alternative<sql::ValidateConstraint>(action)) return {};
    table = std::visit(
        [](const auto& one) -> ObjectName {
          if constexpr (requires { one.altered.relation; }) {
            return one.altered.what == ObjectClass::table ? one.altered.relation : ObjectName{};
          }
          return {};
        },
        action);
    if (table.name.empty()) return {};
  }
  return table;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  if (so_far.in_same_transaction().empty() || statement.place() == Place::body) return {};
  const auto& before = so_far.in_same_transaction().back();
  const auto here = quick_alteration(statement.actions(), statement.prediction());
  const auto there = quick_alteration(before.actions, before.prediction);
  if (here.name.empty() || so_far.created_table(here)) return {};
  if (so_far.schema().resolved(here) != so_far.schema().resolved(there)) return {};
  return {{0, fmt::format("{} is altered twice in a row", name_for_people(here)), here}};
}

}  // namespace

Rule combine_alters() {
  return {
      .id = "combine-alters",
      .severity = Severity::info,
      .trigger = "Two ALTER TABLE of one table that only change the catalog stand one after the other.",
      .effect = "Each waits for its lock.",
      .remedy =
          "Write one ALTER TABLE with both parts. Never put VALIDATE CONSTRAINT beside the ADD "
          "CONSTRAINT … NOT VALID.",
      .source = "https://www.postgresql.org/docs/current/sql-altertable.html",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "ALTER TABLE users ADD COLUMN a int;\n"
          "ALTER TABLE users ADD COLUMN b int;",
      .good = "ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int;",
      .check = check,
  };
}

}  // namespace dbmigrate
