// A DO block or function that runs here puts its SQL together while it runs, or cannot be read.
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "lint/builtin_functions.hpp"
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

/// Empty when all of it was read.
std::string why_opaque(const sql::Body* body) {
  if (body == nullptr) return "its language is not read here";
  if (!body->problem.empty()) return body->problem;
  return body->dynamic ? "it puts SQL together while it runs" : std::string();
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  std::vector<Finding> findings;
  for (const auto* const block : statement.all<sql::DoBlock>()) {
    const auto why = why_opaque(block->body.get());
    if (!why.empty()) findings.push_back({block->at, fmt::format("what the DO block does cannot be known: {}", why)});
  }
  const auto look_at = [&](const ObjectName& name, std::size_t at) {
    const auto* const known = so_far.schema().function(name);
    if (known == nullptr && name.schema.empty() && builtin_is_volatile(name.name)) return;
    if (known != nullptr && known->volatility != sql::Volatility::volatile_) return;
    const auto why = known == nullptr ? std::string("nothing is known of it") : why_opaque(known->body.get());
    if (!why.empty())
      findings.push_back({at, fmt::format("what {}() does cannot be known: {}", name_for_people(name), why)});
  };
  if (const auto* const call = statement.as<sql::Call>()) look_at(call->procedure, call->at);
  for (const auto* const query : statement.all<sql::Query>()) {
    if (!query->all.reads.empty()) continue;
    for (const auto& call : query->all.calls) look_at(call.name, call.at);
  }
  return findings;
}

}  // namespace

Rule opaque_dynamic_sql() {
  return {
      .id = "opaque-dynamic-sql",
      .severity = Severity::warning,
      .trigger =
          "A DO block or function that runs here puts its SQL together while it runs, or cannot be "
          "read.",
      .effect = "Whatever it locks, rewrites or drops is not seen here. The dry run sees it.",
      .remedy =
          "Write the statements out, or have the dry run show what they do and say so with an "
          "allow line.",
      .source = "https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-EXECUTING-DYN",
      .given = "CREATE TABLE users (id int);",
      .bad = "DO $$ BEGIN EXECUTE format('DROP TABLE IF EXISTS %I', 'nobody'); END $$;",
      .good = "DO $$ BEGIN ALTER TABLE users ADD COLUMN name text; END $$;",
      .check = check,
  };
}

}  // namespace dbmigrate
