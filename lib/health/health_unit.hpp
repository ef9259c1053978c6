// What a check measures in, and how its values and limits are written.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbmigrate {

enum class HealthUnit {
  objects,  ///< how many were found; nothing is measured
  count,
  seconds,
  days,
  percent,
  bytes,
};

/// `seconds`
std::string_view name_of(HealthUnit unit);

/// A limit as the settings file has it: `5min`, `10GB` (1024-based, as PostgreSQL's settings), `85%`, `1.3e9`. Empty
/// for what is none of that unit.
std::optional<double> parse_measure(std::string_view text, HealthUnit unit);

/// What parse_measure() takes, for messages: `a duration such as 5min`.
std::string_view form_of(HealthUnit unit);

/// For people: `1.2 GB`, `12 %`, `3 min 5 s`.
std::string measure_text(double value, HealthUnit unit);

/// The number alone, without more digits than it needs; never in scientific form.
std::string plain_number(double value);

}  // namespace dbmigrate
