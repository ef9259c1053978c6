// A line belongs to the statement that it stands before, or in.
// SPDX-License-Identifier: Apache-2.0
#include "lint/allowances.hpp"

#include <utility>

#include "descriptor/directives.hpp"

namespace dbmigrate {

std::optional<std::string> Allowances::take(std::string_view rule, sql::Range part) {
  std::optional<std::string> reason;
  for (auto& one : all_) {
    if (one.rule != rule || one.at < part.begin || one.at >= part.end) continue;
    one.used = true;
    reason = one.reason;
  }
  return reason;
}

std::vector<Allowance> Allowances::unused() const {
  std::vector<Allowance> left;
  for (const auto& one : all_) {
    if (!one.used) left.push_back(one);
  }
  return left;
}

Allowances allowances_in(const SqlText& sql) {
  std::vector<Allowance> all;
  for (auto directive = next_directive(sql, 0); directive; directive = next_directive(sql, directive->end)) {
    if (directive->kind != Directive::Kind::allow) continue;
    all.push_back({std::string(directive->key), std::string(directive->value), directive->key_at});
  }
  return Allowances(std::move(all));
}

}  // namespace dbmigrate
