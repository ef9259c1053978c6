// Something is granted to PUBLIC, row security is switched off, or a policy is created on an existing table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  const auto* const grant = statement.as<sql::Grant>();
  if (grant && grant->to_public && !grant->revoke)
    findings.push_back({grant->at, "PUBLIC is every role, also future ones"});
  for (const auto* const option : statement.all<sql::AlterOption>()) {
    if (option->kind != sql::AlterOption::Kind::disable_row_security) continue;
    findings.push_back({option->altered.at,
                        fmt::format("policies of {} no longer hold", name_for_people(option->altered.relation)),
                        option->altered.relation});
  }
  const auto* const policy = statement.as<sql::CreatePolicy>();
  if (policy && !so_far.created_table(policy->table)) {
    findings.push_back(
        {policy->at, fmt::format("who sees which rows of {} changes", name_for_people(policy->table)), policy->table});
  }
  return findings;
}

}  // namespace

Rule authz() {
  return {
      .id = "authz",
      .severity = Severity::info,
      .trigger =
          "Something is granted to PUBLIC, row security is switched off, or a policy is created on "
          "an existing table.",
      .effect = "Changes who may see and do what, without any error to notice it by.",
      .remedy = "Have it reviewed by somebody who knows who should.",
      .source = "https://www.postgresql.org/docs/current/ddl-priv.html",
      .given = "CREATE TABLE users (id int);",
      .bad = "GRANT SELECT ON users TO PUBLIC;",
      .good = "REVOKE ALL ON users FROM PUBLIC;",
      .check = check,
  };
}

}  // namespace dbmigrate
