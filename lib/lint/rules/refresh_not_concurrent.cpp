// A materialized view is refreshed without CONCURRENTLY.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const refresh = statement.as<sql::Refresh>();
  if (!refresh || refresh->concurrently || so_far.created_table(refresh->view)) return {};
  return {{refresh->at, fmt::format("readers of {} wait until it is filled", name_for_people(refresh->view)),
           refresh->view}};
}

}  // namespace

Rule refresh_not_concurrent() {
  return {
      .id = "refresh-not-concurrent",
      .severity = Severity::warning,
      .trigger = "A materialized view is refreshed without CONCURRENTLY.",
      .effect = "Holds ACCESS EXCLUSIVE on the view while its query runs.",
      .remedy =
          "Use REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view and "
          "may run in a transaction.",
      .source = "https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
      .given =
          "CREATE TABLE users (id int);\n"
          "CREATE MATERIALIZED VIEW user_ids AS SELECT id FROM users;\n"
          "CREATE UNIQUE INDEX user_ids_key ON user_ids (id);",
      .bad = "REFRESH MATERIALIZED VIEW user_ids;",
      .good = "REFRESH MATERIALIZED VIEW CONCURRENTLY user_ids;",
      .check = check,
  };
}

}  // namespace dbmigrate
