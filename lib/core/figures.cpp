// Counts and sizes for people.
// SPDX-License-Identifier: Apache-2.0
#include "core/figures.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace dbmigrate {
namespace {

std::string plural(std::string_view noun) {
  const auto ends_with = [&](std::string_view end) { return noun.ends_with(end); };
  if (ends_with("s") || ends_with("x") || ends_with("ch")) return fmt::format("{}es", noun);
  if (ends_with("y") && noun.size() > 1 &&
      std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos) {
    return fmt::format("{}ies", noun.substr(0, noun.size() - 1));
  }
  return fmt::format("{}s", noun);
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string text = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string count_of(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}", grouped(number), number == 1 ? std::string(noun) : plural(noun));
}

std::string size_for_people(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  if (unit == 0 || size >= 10) return fmt::format("{:.0f} {}", size, kUnits.at(unit));
  return fmt::format("{:.1f} {}", size, kUnits.at(unit));
}

}  // namespace dbmigrate
