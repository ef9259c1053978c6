// An index is built CONCURRENTLY on a partitioned table.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  const sql::CreateIndex* index = statement.as_create_index();
  if (!index || !index->concurrently) return {};
  const auto* const table = so_far.schema().relation(index->table);
  if (table == nullptr || !table->partitioned) return {};
  return {{index->at, fmt::format("{} is partitioned, so CONCURRENTLY is refused", name_for_people(index->table)),
           index->table}};
}

}  // namespace

Rule concurrent_on_partitioned() {
  return {
      .id = "concurrent-on-partitioned",
      .severity = Severity::error,
      .trigger = "An index is built CONCURRENTLY on a partitioned table.",
      .effect = "PostgreSQL refuses it with SQLSTATE 0A000, on every version.",
      .remedy =
          "Create the index ON ONLY the parent, which takes no time and leaves it invalid; build "
          "one CONCURRENTLY on each partition; attach each with ALTER INDEX … ATTACH PARTITION. "
          "The last one makes the parent's valid.",
      .source = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
      .given = "CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);",
      .bad = "CREATE INDEX CONCURRENTLY events_at_idx ON events (at);",
      .good = "CREATE INDEX events_at_idx ON ONLY events (at);",
      .fails = "0A000",
      .check = check,
  };
}

}  // namespace dbmigrate
