// Everything that lint does with a text: facts, actions, bodies of functions, predictions and all rules.
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.hpp"
#include "lint/linter.hpp"

using namespace dbmigrate;

namespace {

constexpr std::string_view kGiven =
    "CREATE TABLE teams (id int PRIMARY KEY, name text);"
    "CREATE TABLE users (id int PRIMARY KEY, team_id int REFERENCES teams (id), a varchar(9) CHECK (a <> ''));"
    "CREATE INDEX users_a ON users (a);"
    "CREATE TABLE events (id int, k int) PARTITION BY RANGE (k);"
    "CREATE TABLE events_1 PARTITION OF events DEFAULT;"
    "CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
    "CREATE VIEW v AS SELECT a FROM users; CREATE MATERIALIZED VIEW m AS SELECT a FROM users;"
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE users; RETURN 1; END';";

LintScript script_of(std::string sql, TransactionMode mode) {
  LintScript script;
  script.texts.push_back({.sql = {.text = std::move(sql), .file = "fuzz.sql"}, .transaction = mode});
  for (const auto& rule : lint_rules()) script.levels.emplace(rule.id, rule.severity);
  return script;
}

Linter linter_that_knows_a_schema() {
  Linter linter({}, {});
  auto given = script_of(std::string(kGiven), TransactionMode::none);
  given.examined = Examined::no;
  linter.run(given);
  return linter;
}

void check(const std::vector<LintFinding>& findings) {
  bool first = false;
  for (const auto& finding : findings) {
    fuzz::require(finding.rule != nullptr, "a finding is a rule's");
    fuzz::require(!finding.message.empty(), "a finding says something");
    fuzz::require(finding.at.line >= 1 && finding.at.column >= 1, "a finding has a place");
    fuzz::require(finding.caret >= 1, "the caret stands below the line");
    first |= finding.rule->id == "drop-table" && finding.at.line == 1;
  }
  fuzz::require(first, "what stands before odd text is found");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Linter known = linter_that_knows_a_schema();
  const auto text = fuzz::text_of(data, size);
  const auto mode = size % 2 == 0 ? TransactionMode::revision : TransactionMode::none;
  fuzz::attempt([&] {
    Linter linter = known;
    auto script = script_of("DROP TABLE teams;\n" + text, mode);
    script.begins_run = true;
    check(linter.run(script));
  });
  return 0;
}
