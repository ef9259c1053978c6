// Counters, timestamps and slugs.
// SPDX-License-Identifier: Apache-2.0
#include "graph/next_revision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <set>

#include "core/words.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kLongestSlug = 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string leading_digits(std::string_view name) {
  const auto end = std::find_if_not(name.begin(), name.end(), is_digit);
  return {name.begin(), end};
}

/// `20251101_0900_…`
bool has_timestamp(std::string_view name) {
  return name.size() > 14 && leading_digits(name).size() == 8 && name[8] == '_' &&
         leading_digits(name.substr(9)).size() == 4 && name[13] == '_';
}

std::string minute_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}_{:02}{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min);
}

/// Minutes from `year…minute`; empty for what is no date.
std::chrono::system_clock::time_point minute_of(std::string_view name) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char c : name.substr(at, size)) value = value * 10 + (c - '0');
    return value;
  };
  std::tm utc{};
  utc.tm_year = number(0, 4) - 1900;
  utc.tm_mon = number(4, 2) - 1;
  utc.tm_mday = number(6, 2);
  utc.tm_hour = number(9, 2);
  utc.tm_min = number(11, 2);
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

/// One more than a number of any length.
std::string incremented(std::string digits) {
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return digits;
    }
    *digit = '0';
  }
  return "1" + digits;
}

std::string unused(const std::vector<std::string>& names, std::string_view slug) {
  const std::set<std::string, std::less<>> taken(names.begin(), names.end());
  std::string name(slug);
  for (int i = 2; taken.contains(name); ++i) name = fmt::format("{}_{}", slug, i);
  return name;
}

}  // namespace

std::string slug_of(std::string_view message) {
  std::string slug;
  for (const char c : message) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool kept = (lower >= 'a' && lower <= 'z') || is_digit(lower);
    if (kept) {
      slug += lower;
    } else if (!slug.empty() && slug.back() != '_') {
      slug += '_';
    }
  }
  if (slug.size() > kLongestSlug) {
    const std::size_t word_end = slug.rfind('_', kLongestSlug);
    slug.resize(word_end == std::string::npos ? kLongestSlug : word_end);
  }
  while (!slug.empty() && slug.back() == '_') slug.pop_back();
  return slug;
}

std::string next_revision_name(const std::vector<std::string>& names, std::string_view slug,
                               std::chrono::system_clock::time_point now) {
  if (names.empty()) return fmt::format("001_{}", slug);
  const auto& last = *std::max_element(
      names.begin(), names.end(),
      [](const std::string& left, const std::string& right) { return natural_order(left, right) < 0; });
  if (has_timestamp(last)) {
    // A clock behind the last author's, or the same minute, must not put the new one before the old one.
    const auto earliest = minute_of(last) + std::chrono::minutes(1);
    return fmt::format("{}_{}", minute_text(std::max(now, earliest)), slug);
  }
  const std::string digits = leading_digits(last);
  if (digits.empty()) return unused(names, slug);
  return fmt::format("{}_{}", incremented(digits), slug);
}

}  // namespace dbmigrate
