// The reference page of the checks, from their definitions.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <utility>

#include "health/checks.hpp"
#include "report/health_report.hpp"

namespace dbmigrate {
namespace {

std::string_view title_of(HealthSection section) {
  switch (section) {
    case HealthSection::migrations:
      return "Migrations";
    case HealthSection::schema:
      return "Schema";
    case HealthSection::capacity:
      return "Capacity";
    case HealthSection::concurrency:
      return "Concurrency";
    case HealthSection::replication:
      return "Replication";
    case HealthSection::server:
      break;
  }
  return "Server";
}

std::string limit_text(const std::optional<double>& limit, HealthUnit unit) {
  return limit ? measure_text(*limit, unit) : "off";
}

std::string limits_text(const HealthCheck& check) {
  if (check.unit == HealthUnit::objects) {
    return fmt::format("A finding is {}; `{}: N` lets N of them pass.",
                       check.severity == HealthStatus::critical ? "critical" : "a warning", name_of(check.severity));
  }
  return fmt::format("Measured in {}; {} {} it is a warning, {} {} critical.", name_of(check.unit),
                     check.side == HealthSide::above ? "above" : "below", limit_text(check.warning, check.unit),
                     check.side == HealthSide::above ? "above" : "below", limit_text(check.critical, check.unit));
}

std::string section_text(const HealthCheck& check) {
  const auto grant = check.need == HealthNeed::statistics ? " Needs `pg_monitor`." : "";
  return fmt::format("\n### {}\n\n{}. {}{}\n\n{}\n\n{}\n\nTo mend it: {}\n", check.id, check.title, limits_text(check),
                     grant, check.looks_at, check.why, check.remedy);
}

}  // namespace

std::string health_reference() {
  const auto& checks = health_checks();
  std::string text = fmt::format(
      "# Health checks\n\nThis page is printed by the program; `scripts/reference` writes it.\n\n"
      "`dbmigrate health-check` runs {} checks in one read-only snapshot of the database. Thresholds and suppressions "
      "stand in `dbmigrate.yaml`, below `health` (see [settings](settings.md)). A value beyond a threshold is an "
      "alarm, "
      "the threshold itself is not; `off` switches one off, `enabled: false` the whole check.\n",
      checks.size());
  const HealthCheck* before = nullptr;
  for (const auto& check : checks) {
    if (before == nullptr || before->section != check.section)
      text += fmt::format("\n## {}\n", title_of(check.section));
    text += section_text(check);
    before = &check;
  }
  return text;
}

}  // namespace dbmigrate
