// `health:` in dbmigrate.yaml, as it is written there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

struct HealthLimitText {
  std::string text;  ///< `5min`, `85%`, `off`; its unit is the check's
  Location at;
};

struct HealthCheckSetting {
  std::string id;
  Location at;
  std::optional<HealthLimitText> warning;
  std::optional<HealthLimitText> critical;
  bool enabled = true;
};

/// Findings that somebody has decided to live with.
struct HealthSuppression {
  std::string check;
  Location check_at;
  std::string object;   ///< a name, `*` in it for any text; empty = everything that the check finds
  std::string because;  ///< never empty
  std::string until;    ///< `2026-03-31`, the last day on which it holds; empty = always
  Location at;
};

struct HealthSectionOfFile {
  std::vector<HealthCheckSetting> checks;
  std::vector<HealthSuppression> suppressions;
};

/// Throws Error{invalid_config} at the place of what is wrong; which checks there are is not known here.
HealthSectionOfFile read_health_section(const yaml::Value& value);

}  // namespace dbmigrate
