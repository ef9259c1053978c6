// VACUUM FULL, CLUSTER, SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD or SET EXPRESSION on an existi.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::string_view words_for(sql::AlterOption::Kind kind) {
  using What = sql::AlterOption::Kind;
  switch (kind) {
    case What::logged:
      return "SET LOGGED";
    case What::unlogged:
      return "SET UNLOGGED";
    case What::tablespace:
      return "SET TABLESPACE";
    case What::access_method:
      return "SET ACCESS METHOD";
    case What::expression:
      return "SET EXPRESSION";
    default:
      return "";
  }
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  const auto tell = [&](const ObjectName& table, std::size_t at, std::string_view what) {
    if (so_far.created_table(table)) return;
    findings.push_back(
        {at, fmt::format("{} writes {} anew under ACCESS EXCLUSIVE", what, name_for_people(table)), table});
  };
  const auto* const vacuum = statement.as<sql::Vacuum>();
  if (vacuum && vacuum->full) {
    for (const auto& table : vacuum->tables) tell(table, vacuum->at, "VACUUM FULL");
    if (vacuum->tables.empty())
      findings.push_back({vacuum->at, "VACUUM FULL writes every table anew under ACCESS EXCLUSIVE"});
  }
  const auto* const cluster = statement.as<sql::Cluster>();
  if (cluster && cluster->table) tell(*cluster->table, cluster->at, "CLUSTER");
  if (cluster && !cluster->table) findings.push_back({0, "CLUSTER writes tables anew under ACCESS EXCLUSIVE"});
  for (const auto* const option : statement.all<sql::AlterOption>()) {
    const auto table = so_far.schema().resolved(option->altered.relation);
    const auto& rewrites = statement.prediction().rewrites;
    const auto what = words_for(option->kind);
    const bool rewritten = std::find(rewrites.begin(), rewrites.end(), table) != rewrites.end();
    if (!what.empty() && rewritten) tell(table, option->altered.at, what);
  }
  return findings;
}

}  // namespace

Rule table_rewrite_command() {
  return {
      .id = "table-rewrite-command",
      .severity = Severity::error,
      .trigger =
          "VACUUM FULL, CLUSTER, SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD or "
          "SET EXPRESSION on an existing table.",
      .effect =
          "Writes or copies the whole table under ACCESS EXCLUSIVE: nobody reads or writes until "
          "it is done.",
      .remedy =
          "Use pg_repack or pg_squeeze. A plain VACUUM makes space usable again without blocking "
          "anybody.",
      .source = "https://www.postgresql.org/docs/current/sql-vacuum.html",
      .given = "CREATE TABLE users (id int PRIMARY KEY);",
      .bad = "VACUUM (FULL) users;",
      .good = "VACUUM users;",
      .check = check,
  };
}

}  // namespace dbmigrate
