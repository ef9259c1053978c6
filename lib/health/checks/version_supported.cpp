// How long the server's major version gets corrections.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

struct End {
  int major;
  std::chrono::year_month_day day;
};

/// https://www.postgresql.org/support/versioning/
constexpr std::array<End, 6> kEnds{{{13, std::chrono::year{2025} / 11 / 13},
                                    {14, std::chrono::year{2026} / 11 / 12},
                                    {15, std::chrono::year{2027} / 11 / 11},
                                    {16, std::chrono::year{2028} / 11 / 9},
                                    {17, std::chrono::year{2029} / 11 / 8},
                                    {18, std::chrono::year{2030} / 11 / 14}}};

Look look(Probe& probe) {
  const int major = probe.server().major();
  const auto object = fmt::format("server {}", probe.server().version);
  for (const auto& end : kEnds) {
    if (end.major != major) continue;
    const std::chrono::duration<double> until = std::chrono::sys_days(end.day).time_since_epoch();
    const double left = (until.count() - probe.server_time()) / 86'400;
    return {
        .findings = {{.object = object,
                      .detail = fmt::format("{} support on {:04}-{:02}-{:02}", left < 0 ? "lost" : "loses",
                                            static_cast<int>(end.day.year()), static_cast<unsigned>(end.day.month()),
                                            static_cast<unsigned>(end.day.day())),
                      .fix = "pg_upgrade, or a dump restored into a newer major version",
                      .value = left}}};
  }
  return {.findings = {{.object = object,
                        .detail = "is newer than what this dbmigrate was tested with",
                        .fix = "Use a newer dbmigrate.",
                        .status = HealthStatus::warning}}};
}

}  // namespace

HealthCheck version_supported_check() {
  return {.id = "version_supported",
          .title = "The server is supported",
          .section = HealthSection::server,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::days,
          .warning = 0,
          .side = HealthSide::below,
          .looks_at = "How many days are left until the PostgreSQL project ends support for this major version.",
          .why = "After that no correction comes, not for security either.",
          .remedy = "Upgrade to a newer major version.",
          .look = look};
}

}  // namespace dbmigrate
