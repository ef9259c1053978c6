// A health report in every form that somebody reads it in.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/error.hpp"
#include "health/health_run.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// Text: a line a check, the first five as they have always been; with -q only those and what is not well. JSON:
/// `status`, `checks[]`, `suppressions[]`. Suppressions that are expired or do nothing are told on stderr.
void show_health(Report& report, const HealthReport& health);

/// `OK`, `WARNING`, `CRITICAL`, `UNKNOWN`
std::string_view word_of(HealthStatus status);

/// One line of the monitoring plugins' convention, with performance data, ending in a line feed.
std::string nagios_line(const HealthReport& health);
/// The same where there is no report.
std::string nagios_line(HealthStatus status, const ErrorInfo& error);

/// Which database the numbers are of; empty ones are left out.
struct HealthLabels {
  std::string environment;
  std::string database;
};

/// The text format of Prometheus, without timestamps of its own, as the textfile collector wants it.
std::string prometheus_text(const HealthReport& health, const HealthLabels& labels);
std::string prometheus_text(HealthStatus status, const HealthLabels& labels);

/// docs/reference/health-checks.md
std::string health_reference();

}  // namespace dbmigrate
