// The settings file's words turned into limits.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/error.hpp"
#include "core/words.hpp"
#include "health/checks.hpp"

namespace dbmigrate {
namespace {

const HealthCheck& named(const std::string& id, const Location& at) {
  const auto& all = health_checks();
  const auto found = std::find_if(all.begin(), all.end(), [&](const HealthCheck& one) { return one.id == id; });
  if (found != all.end()) return *found;
  std::vector<std::string> ids;
  for (const auto& one : all) ids.push_back(one.id);
  const std::string meant = did_you_mean(id, ids);
  throw Error({.code = ErrorCode::invalid_config,
               .message = fmt::format("there is no health check \"{}\"", id),
               .hint = meant.empty() ? "docs/reference/health-checks.md lists them." : meant,
               .at = at});
}

std::optional<double> limit(const HealthLimitText& text, const HealthCheck& check, std::string_view key) {
  if (text.text == "off") return std::nullopt;
  if (const auto value = parse_measure(text.text, check.unit)) return value;
  throw Error({.code = ErrorCode::invalid_config,
               .message = fmt::format("\"{}\" cannot be the {} threshold of {}", text.text, key, check.id),
               .detail = fmt::format("It takes {}, or off.", form_of(check.unit)),
               .hint = "A value beyond the threshold is an alarm.",
               .at = text.at});
}

void apply(const HealthCheckSetting& setting, ChosenCheck& chosen) {
  if (setting.warning) chosen.warning = limit(*setting.warning, *chosen.check, "warning");
  if (setting.critical) chosen.critical = limit(*setting.critical, *chosen.check, "critical");
}

/// `text` from `at` on fits `pattern`, in which `*` stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::vector<ChosenCheck> chosen_checks(const HealthSectionOfFile& section) {
  for (const auto& one : section.suppressions) named(one.check, one.check_at);
  std::vector<ChosenCheck> chosen;
  for (const auto& setting : section.checks) named(setting.id, setting.at);
  for (const auto& check : health_checks()) {
    const auto setting = std::find_if(section.checks.begin(), section.checks.end(),
                                      [&](const HealthCheckSetting& one) { return one.id == check.id; });
    if (setting != section.checks.end() && !setting->enabled) continue;
    auto& one = chosen.emplace_back(ChosenCheck{&check, check.warning, check.critical});
    if (check.unit == HealthUnit::objects && !one.warning && !one.critical) {
      (check.severity == HealthStatus::critical ? one.critical : one.warning) = 0;
    }
    if (setting != section.checks.end()) apply(*setting, one);
  }
  return chosen;
}

std::string_view name_of(SuppressionState::Use use) {
  switch (use) {
    case SuppressionState::Use::used:
      return "used";
    case SuppressionState::Use::unused:
      return "unused";
    case SuppressionState::Use::expired:
      return "expired";
    case SuppressionState::Use::not_looked:
      break;
  }
  return "not looked at";
}

bool suppresses(const std::string& pattern, const std::string& object) {
  if (pattern.empty() || fits(pattern, object)) return true;
  // Kinds have up to two words: `materialized view public.v`.
  for (auto space = object.find(' '); space != std::string::npos; space = object.find(' ', space + 1)) {
    if (fits(pattern, std::string_view(object).substr(space + 1))) return true;
  }
  return false;
}

}  // namespace dbmigrate
