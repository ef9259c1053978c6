// Every rule keeps what its examples promise, and its page is the one in the reference.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rules.hpp"

#include <set>
#include <string>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/lint.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

std::vector<LintFinding> run_example(const Rule& rule, const std::string& sql) {
  return lint(sql, {.given = rule.given,
                    .server_major = rule.fires_until != 0 ? rule.fires_until : 15,
                    .transaction = mode_of_example(sql),
                    .levels = rule.usual == Usual::off ? RuleLevels{{rule.id, rule.severity}} : RuleLevels{}});
}

std::string committed(const std::string& page) {
  return read_file(std::string(DBMIGRATE_PROJECT) + "/docs/reference/lint/" + page + ".md");
}

}  // namespace

TEST_CASE("a rule's bad example fires it and its good one does not", "[lint]") {
  for (const auto& rule : lint_rules()) {
    INFO(rule.id);
    CHECK(rules_in(run_example(rule, rule.bad)).contains(rule.id));
    const auto good = rules_in(run_example(rule, rule.good));
    INFO(rule.good);
    CHECK_FALSE(good.contains(rule.id));
  }
}

TEST_CASE("a good example is not bad in another way that is worse", "[lint]") {
  for (const auto& rule : lint_rules()) {
    for (const auto& finding : run_example(rule, rule.good)) {
      INFO(rule.id << " recommends what " << finding.rule->id << " reports: " << rule.good);
      // What an unused allowance allows is the example itself.
      const bool meant = rule.id == "unused-allow";
      CHECK((finding.severity != Severity::error || meant));
    }
  }
}

TEST_CASE("a rule of taste is silent until it is given a severity", "[lint]") {
  for (const auto& rule : lint_rules()) {
    if (rule.usual == Usual::on) continue;
    INFO(rule.id);
    CHECK_FALSE(rules_in(lint(rule.bad, {.given = rule.given})).contains(rule.id));
    CHECK(rule.severity == Severity::info);
  }
}

TEST_CASE("rules have all that a page needs, and ids of their own", "[lint]") {
  std::set<std::string> ids;
  for (const auto& rule : lint_rules()) {
    INFO(rule.id);
    CHECK(ids.insert(rule.id).second);
    for (const auto* const text : {&rule.trigger, &rule.effect, &rule.remedy}) {
      CHECK_FALSE(text->empty());
      CHECK(text->ends_with("."));
    }
    CHECK(rule.source.starts_with("https://"));
  }
  CHECK(find_lint_rule("index-not-concurrent") == &lint_rules().front());
  CHECK(find_lint_rule("nonsense") == nullptr);
}

TEST_CASE("the committed pages of the rules are those that the program prints", "[lint]") {
  for (const auto& rule : lint_rules()) {
    INFO("scripts/reference writes docs/reference/lint/" << rule.id << ".md");
    CHECK(rule_page(rule) == committed(rule.id));
  }
  CHECK(rules_page() == committed("README"));
}
