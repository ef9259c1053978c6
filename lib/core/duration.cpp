// Reading and writing durations.
// SPDX-License-Identifier: Apache-2.0
#include "core/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace dbmigrate {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"min", 60'000}, Unit{"h", 3'600'000},
                            Unit{"d", 86'400'000}};

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return Milliseconds{0};
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const auto& known : kUnits) {
    if (unit != known.name) continue;
    const double milliseconds = number * static_cast<double>(known.milliseconds);
    if (milliseconds > 2'147'483'647.0) return std::nullopt;  // PostgreSQL's own limit for its timeouts
    return Milliseconds{std::llround(milliseconds)};
  }
  return std::nullopt;
}

std::string duration_text(Milliseconds duration) {
  const auto count = duration.count();
  if (count == 0) return "0";
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    if (count % unit->milliseconds == 0) return fmt::format("{}{}", count / unit->milliseconds, unit->name);
  }
  return fmt::format("{}ms", count);
}

std::string duration_for_people(Milliseconds duration) {
  const auto count = duration.count();
  if (count < 1000) return fmt::format("{} ms", count);
  if (count < 60'000) return fmt::format("{:.1f} s", static_cast<double>(count) / 1000.0);
  if (count < 3'600'000) return fmt::format("{} min {} s", count / 60'000, count % 60'000 / 1000);
  return fmt::format("{} h {} min", count / 3'600'000, count % 3'600'000 / 60'000);
}

}  // namespace dbmigrate
