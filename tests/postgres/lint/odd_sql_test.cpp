// The odd SQL that lint is tried with is SQL: a server takes it, cut where it was cut here.
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "postgres/session.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/lint_cases.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

/// SQLSTATE of the first statement that the server refuses; empty when it takes all of them.
std::string refusal_of(const LintCase& one, Session& session) {
  const auto script = sql::split(one.sql, "odd.sql");
  const bool wrapped = one.setup.transaction == TransactionMode::revision;
  try {
    if (wrapped) session.run("BEGIN");
    for (const auto& statement : script.statements) {
      const auto data = statement.copy_data.value_or(sql::Range{});
      session.run(script.text_of(statement), std::string_view(one.sql).substr(data.begin, data.end - data.begin));
    }
    if (wrapped) session.run("COMMIT");
  } catch (const ServerError& error) {
    return error.sqlstate();
  }
  return {};
}

}  // namespace

TEST_CASE("the odd SQL that lint is tried with is taken by a server", "[lint]") {
  const auto data = std::string(DBMIGRATE_TEST_DATA);
  const auto given = read_file(data + "/lint_schema.sql");
  for (const auto& one : lint_cases(data + "/lint_odd_sql.txt", given)) {
    INFO(one.name << "\n" << one.sql);
    if (!one.splits) {
      CHECK(error_of([&] { sql::split(one.sql, "odd.sql"); }).code == ErrorCode::invalid_descriptor);
      continue;
    }
    TestDatabase database;
    const auto session = database.connect();
    if (session->server().major() < one.since) continue;
    database.run(given);
    CHECK(refusal_of(one, *session) == one.refused);
  }
}

}  // namespace dbmigrate::tests
