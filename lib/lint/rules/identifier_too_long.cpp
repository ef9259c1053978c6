// A name has more than 63 bytes.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& /*so_far*/) {
  std::vector<Finding> findings;
  for (const auto& one : statement.long_names()) {
    findings.push_back(
        {one.at, fmt::format("the name has {} bytes, and PostgreSQL keeps 63 of them", one.name.size())});
  }
  return findings;
}

}  // namespace

Rule identifier_too_long() {
  return {
      .id = "identifier-too-long",
      .severity = Severity::warning,
      .trigger = "A name has more than 63 bytes.",
      .effect =
          "PostgreSQL cuts it and only gives a notice: two long names can become the same one, and "
          "nothing is found by its full name.",
      .remedy = "Choose a shorter one. Bytes count, not characters.",
      .source = "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "CREATE TABLE "
          "a_name_that_goes_on_and_on_and_on_until_it_is_longer_than_what_is_kept_of_it (id int);",
      .good = "CREATE TABLE a_name_that_is_kept (id int);",
      .check = check,
  };
}

}  // namespace dbmigrate
