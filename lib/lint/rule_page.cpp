// Rules as pages of the reference.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lint/rules.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kRefreshed = "This page is printed by the program; `scripts/reference` writes it.\n";

std::string example(std::string_view title, const std::string& sql) {
  return fmt::format("\n{}\n\n```sql\n{}\n```\n", title, sql);
}

/// Some are opinions: they say nothing unless the settings ask them to.
std::string severity_text(const Rule& rule) {
  return fmt::format("{}{}", name_of(rule.severity), rule.usual == Usual::off ? ", where it is switched on" : "");
}

}  // namespace

std::string rule_page(const Rule& rule) {
  auto page = fmt::format("# {}\n\n{}\nSeverity: {}.\n\n{}\n\n**Why.** {}\n\n**Instead.** {}\n", rule.id, kRefreshed,
                          severity_text(rule), rule.trigger, rule.effect, rule.remedy);
  page += example("After", rule.given);
  page += example("this is reported", rule.bad);
  if (!rule.fails.empty()) page += fmt::format("\nPostgreSQL refuses it with SQLSTATE {}.\n", rule.fails);
  if (rule.fires_until != 0) page += fmt::format("\nOnly up to PostgreSQL {}.\n", rule.fires_until);
  page += example("and this is not:", rule.good);
  page += fmt::format("\nSource: <{}>\n", rule.source);
  return page;
}

std::string rules_page() {
  auto page = fmt::format(
      "# Lint rules\n\n{}\nA rule's severity can be another for a project or a branch, or `off`: see the key `lint` in "
      "[settings](../settings.md). A few rules of taste are off until a severity is given there. One finding is let "
      "pass by a line `-- dbmigrate: allow RULE-ID reason` before its "
      "statement.\n\n| rule | severity | fires when |\n|---|---|---|\n",
      kRefreshed);
  for (const auto& rule : lint_rules()) {
    page += fmt::format("| [{0}]({0}.md) | {1} | {2} |\n", rule.id, severity_text(rule), rule.trigger);
  }
  return page;
}

}  // namespace dbmigrate
