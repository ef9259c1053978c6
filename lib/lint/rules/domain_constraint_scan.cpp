// A constraint of a domain is added or validated, or the domain is made NOT NULL.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  using What = sql::AlterDomain::Kind;
  const auto* const alter = statement.as<sql::AlterDomain>();
  if (!alter) return {};
  const bool scans = (alter->kind == What::add_constraint && !alter->not_valid) || alter->kind == What::validate ||
                     alter->kind == What::set_not_null;
  const auto* const domain = so_far.schema().type(alter->domain);
  if (!scans || (domain != nullptr && domain->age != Age::old)) return {};
  return {{alter->at, fmt::format("every table that uses {} is scanned, and writes to them wait",
                                  name_for_people(alter->domain))}};
}

}  // namespace

Rule domain_constraint_scan() {
  return {
      .id = "domain-constraint-scan",
      .severity = Severity::error,
      .trigger = "A constraint of a domain is added or validated, or the domain is made NOT NULL.",
      .effect =
          "Scans every table with a column of the domain under SHARE: writes to all of them wait. "
          "Adding it NOT VALID locks none, but validating it later does.",
      .remedy = "Prefer CHECKs of the tables, which can be validated without blocking anybody.",
      .source = "https://www.postgresql.org/docs/current/sql-alterdomain.html",
      .given =
          "CREATE DOMAIN age AS int;\n"
          "CREATE TABLE users (age age);",
      .bad = "ALTER DOMAIN age ADD CONSTRAINT positive CHECK (VALUE > 0);",
      .good = "ALTER DOMAIN age ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;",
      .check = check,
  };
}

}  // namespace dbmigrate
