// Thresholds and suppressions of a project, checked against the checks that there are.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/health_section.hpp"
#include "health/health_check.hpp"

namespace dbmigrate {

/// A check as this project wants it.
struct ChosenCheck {
  const HealthCheck* check = nullptr;
  std::optional<double> warning;
  std::optional<double> critical;
};

/// In the order of the checks, without those that are switched off. Throws Error{invalid_config} at the place of a
/// check that is not there, of a threshold of another unit, of a suppression of nothing.
std::vector<ChosenCheck> chosen_checks(const HealthSectionOfFile& section);

/// What became of a suppression.
struct SuppressionState {
  enum class Use {
    used,
    unused,      ///< there was nothing to suppress
    expired,     ///< its day is over: it suppresses nothing
    not_looked,  ///< its check is switched off, or could not tell
  };
  const HealthSuppression* suppression = nullptr;
  Use use = Use::unused;
};
std::string_view name_of(SuppressionState::Use use);

/// `pattern` with `*` for any text, against an object with its kind or without.
bool suppresses(const std::string& pattern, const std::string& object);

}  // namespace dbmigrate
