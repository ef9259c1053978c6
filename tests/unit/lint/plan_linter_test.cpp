// A plan's revisions one after another, as dry-run shows them.
// SPDX-License-Identifier: Apache-2.0
#include "lint/plan_linter.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/lint.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

Migration migration_of(const std::string& sql, TransactionMode transaction = TransactionMode::revision) {
  Migration migration;
  migration.up.push_back({.transaction = transaction, .work = SqlText{.text = sql, .file = "test.sql"}, .at = {}});
  return migration;
}

PlanLinter linter(std::vector<LintLevel> levels = {}) {
  return {{}, {.prediction = {}, .lock_timeout = Milliseconds(2000), .levels = std::move(levels), .check = {}}};
}

}  // namespace

TEST_CASE("a table that an earlier revision of the plan makes is nobody's yet", "[lint]") {
  auto plan = linter();
  CHECK(plan.findings_of(migration_of("CREATE TABLE t (id int)"), {}).empty());
  CHECK(plan.findings_of(migration_of("CREATE INDEX ON t (id)"), {}).empty());
  CHECK(rules_in(plan.findings_of(migration_of("CREATE INDEX ON u (id)"), {})).contains("index-not-concurrent"));
}

TEST_CASE("what is allowed is told with its reason, what is not has none", "[lint]") {
  const auto found = linter().findings_of(
      migration_of("-- dbmigrate: allow drop-table nobody reads it\nDROP TABLE t;\nDROP TABLE u;"), {});
  std::vector<std::string> reasons;
  for (const auto& one : found) {
    if (one.rule->id == "drop-table") reasons.push_back(one.allowed_because);
  }
  CHECK(reasons == std::vector<std::string>{"nobody reads it", ""});
  CHECK_FALSE(rules_in(found).contains("unused-allow"));
}

TEST_CASE("a branch's levels are stronger than the project's", "[lint]") {
  const std::vector<LintLevel> project{{"drop-table", "info", {}}};
  const std::vector<LintLevel> branch{{"drop-table", "off", {}}};
  CHECK(linter(project).findings_of(migration_of("DROP TABLE t"), branch).empty());
  const auto found = linter(project).findings_of(migration_of("DROP TABLE t"), {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::info);
  const std::vector<LintLevel> wrong{{"drop-tabel", "info", {}}};
  CHECK_THROWS_AS(linter(wrong).findings_of(migration_of("DROP TABLE t"), {}), Error);
}
