// The hazards and traps of tests/data/lint_cases.txt, and the odd SQL of lint_odd_sql.txt.
// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lint_cases.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

std::vector<LintCase> cases_in(const std::string& file) {
  const auto data = std::string(DBMIGRATE_TEST_DATA);
  return lint_cases(data + "/" + file, read_file(data + "/lint_schema.sql"));
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void check(const std::vector<LintCase>& cases) {
  for (const auto& one : cases) {
    INFO(one.name << "\n" << one.sql);
    CHECK(joined(rules_in(lint(one.sql, one.setup))) == joined(one.expected));
  }
}

}  // namespace

TEST_CASE("hazards are found, and what is harmless is left alone", "[lint]") {
  const auto all = cases_in("lint_cases.txt");
  CHECK(all.size() >= 150);
  check(all);
}

TEST_CASE("odd SQL neither hides a hazard nor is taken for one", "[lint]") {
  const auto all = cases_in("lint_odd_sql.txt");
  CHECK(all.size() >= 75);
  check(all);
}
