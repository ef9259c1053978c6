// An index of an existing table is dropped without CONCURRENTLY.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const auto* const drop = statement.as<sql::Drop>();
  if (!drop || drop->what != ObjectClass::index || drop->concurrently) return {};
  std::vector<Finding> findings;
  for (const auto& object : drop->objects) {
    const auto* const table = so_far.schema().index(object).first;
    // The index of a partitioned table has no other way.
    if (table != nullptr && (table->age != Age::old || table->partitioned)) continue;
    findings.push_back({drop->at,
                        fmt::format("dropping {} blocks reads and writes of its table", name_for_people(object)),
                        table != nullptr ? table->name : ObjectName{}});
  }
  return findings;
}

}  // namespace

Rule drop_index_not_concurrent() {
  return {
      .id = "drop-index-not-concurrent",
      .severity = Severity::warning,
      .trigger = "An index of an existing table is dropped without CONCURRENTLY.",
      .effect =
          "Takes ACCESS EXCLUSIVE on the table. The drop is short, but it waits for every running "
          "query, and all later ones wait behind it.",
      .remedy =
          "Use DROP INDEX CONCURRENTLY in a migration that runs outside a transaction. It is not "
          "for the index of a constraint or of a partitioned table.",
      .source = "https://www.postgresql.org/docs/current/sql-dropindex.html",
      .given =
          "CREATE TABLE users (email text);\n"
          "CREATE INDEX users_email_idx ON users (email);",
      .bad = "DROP INDEX users_email_idx;",
      .good = "DROP INDEX CONCURRENTLY users_email_idx;",
      .check = check,
  };
}

}  // namespace dbmigrate
