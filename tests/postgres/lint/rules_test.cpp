// A rule's examples on a real server: what is good runs, and what is bad runs or is refused as the rule says.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rules.hpp"

#include <string>

#include "postgres/session.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"
#include "support/lint.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

/// Runs the example as a migration would, and gives the SQLSTATE of the statement that fails; empty when none does.
std::string run_example(TestDatabase& database, const std::string& given, const std::string& sql) {
  if (!given.empty()) database.run(given);
  const auto session = database.connect();
  const auto script = sql::split(sql, "example");
  const bool wrapped = mode_of_example(sql) != TransactionMode::none;
  try {
    if (wrapped) session->run("BEGIN");
    for (const auto& one : script.statements) session->run(script.text_of(one));
    if (wrapped) session->run("COMMIT");
  } catch (const ServerError& error) {
    return error.sqlstate();
  }
  return {};
}

}  // namespace

TEST_CASE("what a rule recommends runs on a server", "[lint]") {
  for (const auto& rule : lint_rules()) {
    TestDatabase database;
    if (database.connect()->server().major() < rule.good_since) continue;
    INFO(rule.id << ": " << rule.good);
    CHECK(run_example(database, rule.given, rule.good).empty());
  }
}

TEST_CASE("what a rule reports runs too, or is refused as it says", "[lint]") {
  for (const auto& rule : lint_rules()) {
    TestDatabase database;
    const int major = database.connect()->server().major();
    INFO(rule.id << ": " << rule.bad);
    const bool past = rule.fires_until != 0 && major > rule.fires_until;
    CHECK(run_example(database, rule.given, rule.bad) == (past ? "" : rule.fails));
  }
}

}  // namespace dbmigrate::tests
