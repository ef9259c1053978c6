// A domain is created with constraints.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  const auto* const made = statement.as<sql::CreateDomain>();
  if (!made || !made->constrained) return {};
  return {{made->at, fmt::format("constraints of {} cannot be changed online later", name_for_people(made->name))}};
}

}  // namespace

Rule domain_with_constraint() {
  return {
      .id = "domain-with-constraint",
      .severity = Severity::info,
      .trigger = "A domain is created with constraints.",
      .effect =
          "Columns of it cannot be added without a rewrite, and changing a constraint scans every "
          "table that uses it while writes wait.",
      .remedy = "Give the constraint to the tables as a CHECK.",
      .source = "https://www.postgresql.org/docs/current/sql-createdomain.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "CREATE DOMAIN age AS int CHECK (VALUE > 0);",
      .good = "CREATE DOMAIN age AS int;",
      .check = check,
  };
}

}  // namespace dbmigrate
