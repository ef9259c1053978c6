// Durations, sizes, shares and plain numbers.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_unit.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/duration.hpp"

namespace dbmigrate {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 5> kSizes{{{"TB", 1024.0 * 1024 * 1024 * 1024},
                                                                     {"GB", 1024.0 * 1024 * 1024},
                                                                     {"MB", 1024.0 * 1024},
                                                                     {"kB", 1024.0},
                                                                     {"B", 1.0}}};

/// Not negative and finite, with nothing behind it.
std::optional<double> number(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value) || value < 0) return {};
  return value;
}

std::optional<double> size(std::string_view text) {
  for (const auto& [suffix, factor] : kSizes) {
    if (!text.ends_with(suffix)) continue;
    const auto value = number(text.substr(0, text.size() - suffix.size()));
    return value ? std::optional<double>(*value * factor) : std::nullopt;
  }
  return text == "0" ? std::optional<double>(0) : std::nullopt;
}

std::optional<double> seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::optional<double>(static_cast<double>(duration->count()) / 1000) : std::nullopt;
}

std::string size_text(double bytes) {
  for (const auto& [suffix, factor] : kSizes) {
    if (bytes >= factor && factor > 1) return fmt::format("{} {}", plain_number(bytes / factor), suffix);
  }
  return fmt::format("{} B", plain_number(bytes));
}

}  // namespace

std::string_view name_of(HealthUnit unit) {
  switch (unit) {
    case HealthUnit::objects:
      return "objects";
    case HealthUnit::count:
      return "count";
    case HealthUnit::seconds:
      return "seconds";
    case HealthUnit::days:
      return "days";
    case HealthUnit::percent:
      return "percent";
    case HealthUnit::bytes:
      break;
  }
  return "bytes";
}

std::optional<double> parse_measure(std::string_view text, HealthUnit unit) {
  switch (unit) {
    case HealthUnit::seconds:
      return seconds(text);
    case HealthUnit::days: {
      // Durations end where PostgreSQL's settings do, at 24 days.
      if (text.ends_with('d')) return number(text.substr(0, text.size() - 1));
      const auto measure = seconds(text);
      return measure ? std::optional<double>(*measure / 86'400) : std::nullopt;
    }
    case HealthUnit::percent:
      return number(text.ends_with('%') ? text.substr(0, text.size() - 1) : text);
    case HealthUnit::bytes:
      return size(text);
    case HealthUnit::objects:
    case HealthUnit::count:
      break;
  }
  return number(text);
}

std::string_view form_of(HealthUnit unit) {
  switch (unit) {
    case HealthUnit::seconds:
    case HealthUnit::days:
      return "a duration with its unit, such as 30s, 5min or 7d, or a bare 0";
    case HealthUnit::percent:
      return "a percentage, such as 85%";
    case HealthUnit::bytes:
      return "a size with its unit, such as 100MB or 5GB, or a bare 0";
    case HealthUnit::objects:
    case HealthUnit::count:
      break;
  }
  return "a number, such as 0 or 50";
}

std::string measure_text(double value, HealthUnit unit) {
  switch (unit) {
    case HealthUnit::seconds:
      return duration_for_people(Milliseconds{static_cast<std::int64_t>(std::llround(value * 1000))});
    case HealthUnit::days:
      return fmt::format("{} d", plain_number(std::floor(value)));
    case HealthUnit::percent:
      return fmt::format("{} %", plain_number(value));
    case HealthUnit::bytes:
      return size_text(value);
    case HealthUnit::objects:
    case HealthUnit::count:
      break;
  }
  return plain_number(value);
}

std::string plain_number(double value) {
  if (!std::isfinite(value)) value = 0;
  auto text = fmt::format("{:.3f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace dbmigrate
