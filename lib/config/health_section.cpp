// Reads `health:`.
// SPDX-License-Identifier: Apache-2.0
#include "config/health_section.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace dbmigrate {
namespace {

std::optional<HealthLimitText> limit(const yaml::Mapping& mapping, std::string_view key) {
  const auto value = mapping.find(key);
  if (!value) return std::nullopt;
  return HealthLimitText{value->text(), value->at()};
}

HealthCheckSetting read_check(const yaml::Value& value) {
  const auto mapping = value.mapping("a health check", {"warning", "critical", "enabled"});
  HealthCheckSetting setting{.id = value.name(), .at = value.at(), .warning = {}, .critical = {}};
  setting.warning = limit(mapping, "warning");
  setting.critical = limit(mapping, "critical");
  if (const auto enabled = mapping.find("enabled")) setting.enabled = enabled->boolean();
  return setting;
}

/// `YYYY-MM-DD`, a day that there is.
std::string read_day(const yaml::Value& value) {
  const auto& text = value.text();
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int read = 0;
  const bool form = text.size() == 10 && std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &read) == 3;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!form || read != 10 || !date.ok()) {
    value.fail(fmt::format("\"{}\" is no day", text), "It is the last day on which the suppression holds.",
               "Write it as 2026-03-31.");
  }
  return text;
}

HealthSuppression read_suppression(const yaml::Value& value) {
  const auto mapping = value.mapping("a suppression", {"check", "object", "because", "until"});
  HealthSuppression suppression;
  suppression.at = mapping.at();
  suppression.check = mapping.required("check").text();
  suppression.check_at = mapping.required("check").at();
  if (const auto object = mapping.find("object")) suppression.object = object->text();
  suppression.because = mapping.required("because").text();
  if (const auto until = mapping.find("until")) suppression.until = read_day(*until);
  return suppression;
}

}  // namespace

HealthSectionOfFile read_health_section(const yaml::Value& value) {
  const auto mapping = value.mapping("health", {"checks", "suppress"});
  HealthSectionOfFile section;
  if (const auto checks = mapping.find("checks")) {
    for (const auto& entry : checks->entries()) section.checks.push_back(read_check(entry));
  }
  if (const auto suppress = mapping.find("suppress")) {
    for (const auto& entry : suppress->list()) section.suppressions.push_back(read_suppression(entry));
  }
  return section;
}

}  // namespace dbmigrate
