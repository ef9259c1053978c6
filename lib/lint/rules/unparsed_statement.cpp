// The parser rejects a statement.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  if (statement.facts().parsed) return {};
  const auto& [kind, message] = statement.verdict();
  switch (kind) {
    case SyntaxVerdict::Kind::taken:
      return {{0, fmt::format("this is not analysed, though the server takes it: {}", statement.facts().parse_error)}};
    case SyntaxVerdict::Kind::refused:
      return {{.at = 0, .message = fmt::format("the server refuses this: {}", message), .severity = Severity::error}};
    case SyntaxVerdict::Kind::unknown:
      break;
  }
  return {{0, fmt::format("this is not analysed: {}", statement.facts().parse_error)}};
}

}  // namespace

Rule unparsed_statement() {
  return {
      .id = "unparsed-statement",
      .severity = Severity::warning,
      .trigger =
          "The parser rejects a statement. It is PostgreSQL's own, and may be older than the "
          "server.",
      .effect =
          "None of the other rules sees what the statement does. Those around it are looked at all "
          "the same. With --url or --env the server is asked whether its grammar takes the statement, which does not "
          "run; what it refuses is an error.",
      .remedy =
          "Where it is newer syntax, let the dry run look at it and say so with an allow line; "
          "else mend it.",
      .source = "https://github.com/pganalyze/libpg_query",
      .given = "CREATE TABLE users (id int);",
      .bad = "ALTER TABLE users FROBNICATE;",
      .good = "ALTER TABLE users ADD COLUMN name text;",
      .fails = "42601",
      .check = check,
  };
}

}  // namespace dbmigrate
