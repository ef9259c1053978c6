// The order of the four.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_status.hpp"

namespace dbmigrate {
namespace {

int weight(HealthStatus status) {
  switch (status) {
    case HealthStatus::ok:
      return 0;
    case HealthStatus::unknown:
      return 1;
    case HealthStatus::warning:
      return 2;
    case HealthStatus::critical:
      break;
  }
  return 3;
}

}  // namespace

std::string_view name_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::ok:
      return "ok";
    case HealthStatus::warning:
      return "warning";
    case HealthStatus::critical:
      return "critical";
    case HealthStatus::unknown:
      break;
  }
  return "unknown";
}

HealthStatus worse(HealthStatus left, HealthStatus right) { return weight(left) < weight(right) ? right : left; }

}  // namespace dbmigrate
