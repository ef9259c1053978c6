// Server time against local time.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = {{.object = "clock of the server",
                        .detail = fmt::format("is {:.1f} s from the one here", probe.clock_difference()),
                        .fix = "timedatectl; chronyc tracking",
                        .value = probe.clock_difference()}}};
}

}  // namespace

HealthCheck time_skew_check() {
  return {.id = "time_skew",
          .title = "The clocks agree",
          .section = HealthSection::server,
          .severity = HealthStatus::warning,
          .unit = HealthUnit::seconds,
          .warning = 2,
          .critical = 5,
          .looks_at =
              "How far the server's clock is from that of this machine, less what the question itself "
              "takes.",
          .why =
              "Timestamps of the application and of the database cannot be compared, and tokens expire "
              "early or late.",
          .remedy = "Look at the time service (chronyc tracking, timedatectl) on both machines.",
          .look = look};
}

}  // namespace dbmigrate
