// Indexes are rebuilt without CONCURRENTLY.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const reindex = statement.as<sql::Reindex>();
  using What = sql::Reindex::Kind;
  if (!reindex || reindex->concurrently || reindex->kind == What::system) return {};
  if (reindex->kind == What::table && so_far.created_table(reindex->object)) return {};
  if (reindex->kind == What::index) {
    const auto* const table = so_far.schema().index(reindex->object).first;
    if (table != nullptr && table->age != Age::old) return {};
  }
  return {{reindex->at,
           fmt::format("rebuilding {} blocks writes, and every query that would use the index",
                       name_for_people(reindex->object)),
           reindex->kind == What::table ? reindex->object : ObjectName{}}};
}

}  // namespace

Rule reindex_not_concurrent() {
  return {
      .id = "reindex-not-concurrent",
      .severity = Severity::error,
      .trigger = "Indexes are rebuilt without CONCURRENTLY.",
      .effect =
          "Holds SHARE on the table and ACCESS EXCLUSIVE on each index until the build ends; "
          "planning a query already needs the index's lock.",
      .remedy = "Use REINDEX … CONCURRENTLY in a migration that runs outside a transaction.",
      .source = "https://www.postgresql.org/docs/current/sql-reindex.html",
      .given =
          "CREATE TABLE users (email text);\n"
          "CREATE INDEX users_email_idx ON users (email);",
      .bad = "REINDEX INDEX users_email_idx;",
      .good = "REINDEX INDEX CONCURRENTLY users_email_idx;",
      .check = check,
  };
}

}  // namespace dbmigrate
