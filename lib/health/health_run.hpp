// Runs checks and judges what they saw.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "health/health_settings.hpp"
#include "health/probe.hpp"

namespace dbmigrate {

struct CheckOutcome {
  ChosenCheck chosen;
  HealthStatus status = HealthStatus::ok;
  std::string says;                       ///< behind the title; for an unknown one why
  std::string fix;                        ///< for an unknown one what lets it be told; may be empty
  std::vector<HealthFinding> findings;    ///< those that are an alarm, each with its status
  std::vector<HealthFinding> suppressed;  ///< alarms that the settings file suppresses
  std::optional<double> value;            ///< the worst that was measured; of what is not measured the number found

  /// One line: what was found, or `says`.
  [[nodiscard]] std::string message() const;
};

struct HealthReport {
  HealthStatus status = HealthStatus::ok;
  std::vector<CheckOutcome> checks;  ///< in the order of health_checks()
  std::vector<SuppressionState> suppressions;
  double server_time = 0;  ///< seconds since 1970
  Milliseconds took{0};

  [[nodiscard]] std::size_t count(HealthStatus status) const;
};

struct HealthLimits {
  Milliseconds statement_timeout{5'000};
  Milliseconds lock_timeout{100};
  /// After it no check begins, and none goes on.
  std::optional<std::chrono::steady_clock::time_point> until{};
};

/// One READ ONLY REPEATABLE READ transaction, a savepoint for each check; nothing is written. A check that fails, or
/// may not see what it needs, is UNKNOWN and spoils no other. Throws Error for what concerns the run as a whole: a
/// lost connection before `until`, an interruption.
HealthReport run_health(Session& session, const HealthSubject& subject, const HealthSectionOfFile& settings,
                        const HealthLimits& limits);

/// Gives each alarm its status and drops what is none.
void judge(CheckOutcome& outcome, Look look);

}  // namespace dbmigrate
