// The hazards and traps of tests/data/lint_cases.txt.
// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/lint.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

struct Case {
  std::string name;
  std::string sql;
  std::set<std::string> expected;
  LintSetup setup;
};

void read_setting(std::istringstream& words, Case& one) {
  for (std::string word; words >> word;) {
    if (word == "@none") one.setup.transaction = TransactionMode::none;
    if (word == "@bare") one.setup.given.clear();
    if (word == "@server") words >> one.setup.server_major;
    if (word == "@timeout") {
      int milliseconds = 0;
      words >> milliseconds;
      one.setup.lock_timeout = Milliseconds(milliseconds);
    }
  }
}

std::vector<Case> cases() {
  const auto data = std::string(DBMIGRATE_TEST_DATA);
  const auto given = read_file(data + "/lint_schema.sql");
  std::istringstream lines(read_file(data + "/lint_cases.txt"));
  std::vector<Case> all;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) {
      all.push_back({line.substr(3), "", {}, {.given = given}});
    } else if (line.starts_with("=>")) {
      std::istringstream words(line.substr(2));
      for (std::string word; words >> word;) all.back().expected.insert(word);
    } else if (line.starts_with("@")) {
      std::istringstream words(line);
      read_setting(words, all.back());
    } else if (!all.empty()) {
      all.back().sql += line + "\n";
    }
  }
  return all;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

TEST_CASE("hazards are found, and what is harmless is left alone", "[lint]") {
  const auto all = cases();
  CHECK(all.size() >= 150);
  for (const auto& one : all) {
    INFO(one.name << "\n" << one.sql);
    CHECK(joined(rules_in(lint(one.sql, one.setup))) == joined(one.expected));
  }
}
