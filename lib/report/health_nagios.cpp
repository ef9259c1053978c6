// What monitoring plugins print: https://www.monitoring-plugins.org/doc/guidelines.html
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/health_report.hpp"

namespace dbmigrate {
namespace {

/// Longer ones are cut by the programs that read them, and with them the performance data.
constexpr std::size_t kLongestText = 1000;

/// A bar would begin the performance data, a line feed the long text.
std::string on_one_line(std::string text) {
  for (auto& c : text) {
    if (c == '|') c = '/';
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  if (text.size() <= kLongestText) return text;
  auto end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

std::string_view unit_of_measure(HealthUnit unit) {
  switch (unit) {
    case HealthUnit::seconds:
    case HealthUnit::days:
      return "s";
    case HealthUnit::percent:
      return "%";
    case HealthUnit::bytes:
      return "B";
    case HealthUnit::objects:
    case HealthUnit::count:
      break;
  }
  return "";
}

/// Days are no unit there.
double in_unit(double value, HealthUnit unit) { return unit == HealthUnit::days ? value * 86'400 : value; }

/// A range outside of which it is an alarm: `10` is 0 to 10, `10:` is 10 and above.
std::string range(const std::optional<double>& limit, const HealthCheck& check) {
  if (!limit) return "";
  return plain_number(in_unit(*limit, check.unit)) + (check.side == HealthSide::below ? ":" : "");
}

std::string performance(const CheckOutcome& one) {
  const auto& check = *one.chosen.check;
  return fmt::format(" '{}'={}{};{};{};{};{}", check.id, plain_number(in_unit(*one.value, check.unit)),
                     unit_of_measure(check.unit), range(one.chosen.warning, check), range(one.chosen.critical, check),
                     check.side == HealthSide::below ? "" : "0", check.unit == HealthUnit::percent ? "100" : "");
}

std::string text_of(const HealthReport& health) {
  std::vector<const CheckOutcome*> wrong;
  for (const auto status : {HealthStatus::critical, HealthStatus::warning, HealthStatus::unknown}) {
    for (const auto& one : health.checks) {
      if (one.status == status) wrong.push_back(&one);
    }
  }
  std::string text;
  for (const auto* one : wrong) {
    text += fmt::format("{}{} {}: {}", text.empty() ? "" : ", ", word_of(one->status), one->chosen.check->id,
                        one->message());
  }
  if (!text.empty()) return text;
  const auto version = std::find_if(health.checks.begin(), health.checks.end(),
                                    [](const CheckOutcome& one) { return one.chosen.check->id == "version"; });
  return fmt::format("{}{} checks hold", version == health.checks.end() ? "" : version->says + ", ",
                     health.checks.size());
}

}  // namespace

std::string nagios_line(const HealthReport& health) {
  auto line = fmt::format("DBMIGRATE {} - {} |", word_of(health.status), on_one_line(text_of(health)));
  for (const auto status : {HealthStatus::ok, HealthStatus::warning, HealthStatus::critical, HealthStatus::unknown}) {
    line += fmt::format(" 'checks_{}'={};;;0;{}", name_of(status), health.count(status), health.checks.size());
  }
  line += fmt::format(" 'took'={}s;;;0;", plain_number(static_cast<double>(health.took.count()) / 1000));
  for (const auto& one : health.checks) {
    if (one.value && one.chosen.check->unit != HealthUnit::objects) line += performance(one);
  }
  return line + "\n";
}

std::string nagios_line(HealthStatus status, const ErrorInfo& error) {
  auto text = error.message;
  if (!error.detail.empty()) text += ": " + error.detail;
  return fmt::format("DBMIGRATE {} - {}\n", word_of(status), on_one_line(std::move(text)));
}

}  // namespace dbmigrate
