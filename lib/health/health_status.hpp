// The four words of monitoring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dbmigrate {

/// Their numbers are the exit statuses of monitoring plugins.
enum class HealthStatus : int { ok = 0, warning = 1, critical = 2, unknown = 3 };

/// `ok`, `warning`, `critical`, `unknown`
std::string_view name_of(HealthStatus status);

/// What both together are: critical before warning before unknown before ok. What is known to be wrong must not hide
/// behind what could not be looked at.
HealthStatus worse(HealthStatus left, HealthStatus right);

}  // namespace dbmigrate
