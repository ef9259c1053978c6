// Text and JSON.
// SPDX-License-Identifier: Apache-2.0
#include "report/health_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/json.hpp"
#include "health/checks.hpp"

namespace dbmigrate {
namespace {

/// Behind the first checks stands the summary.
constexpr std::ptrdiff_t kBeforeSummary = 4;
constexpr std::size_t kShown = 10;

std::string_view sign_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::ok:
      return "✅";
    case HealthStatus::warning:
      return "⚠️";
    case HealthStatus::critical:
      return "❌";
    case HealthStatus::unknown:
      break;
  }
  return "❓";
}

Tone tone_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::ok:
      return Tone::plain;
    case HealthStatus::critical:
      return Tone::bad;
    case HealthStatus::warning:
    case HealthStatus::unknown:
      break;
  }
  return Tone::warning;
}

std::string summary_text(const HealthReport& health) {
  if (health.status == HealthStatus::ok) return "OK";
  std::string counts;
  for (const auto status : {HealthStatus::critical, HealthStatus::warning, HealthStatus::unknown}) {
    const auto count = health.count(status);
    if (count > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, name_of(status));
  }
  return fmt::format("{} ({} of {} checks)", word_of(health.status), counts, health.checks.size());
}

/// How many of the first checks are there: a project may switch them off.
std::size_t before_summary(const HealthReport& health) {
  const auto begin = health_checks().begin();
  std::size_t count = 0;
  for (const auto& one : health.checks) {
    const bool first = std::any_of(begin, begin + kBeforeSummary,
                                   [&](const HealthCheck& check) { return check.id == one.chosen.check->id; });
    if (first) ++count;
  }
  return count;
}

class Lines {
 public:
  Lines(Report& report, const HealthReport& health) : report_(report), health_(health) {}

  void show() {
    const auto first = before_summary(health_);
    for (std::size_t i = 0; i < first; ++i) show(health_.checks[i], true);
    line(health_.status, "Database health: " + summary_text(health_));
    for (std::size_t i = first; i < health_.checks.size(); ++i) show(health_.checks[i], false);
  }

 private:
  void line(HealthStatus status, const std::string& text) {
    report_.line(fmt::format("{} {}", sign_of(status), report_.paint()(tone_of(status), text)));
  }

  void show(const CheckOutcome& one, bool always) {
    if (one.status == HealthStatus::ok && !always && report_.verbosity() == Verbosity::quiet) return;
    line(one.status, headline(one));
    const bool verbose = report_.verbosity() == Verbosity::verbose;
    const auto shown = verbose ? one.findings.size() : std::min(one.findings.size(), kShown);
    for (std::size_t i = 0; i < shown; ++i) show(one.findings[i]);
    if (shown < one.findings.size()) {
      report_.line(fmt::format("   and {} more; -v lists them", one.findings.size() - shown));
    }
    if (!one.fix.empty()) report_.line("      mend: " + one.fix);
    if (!verbose) return;
    for (const auto& hidden : one.suppressed) {
      report_.line(fmt::format("   suppressed: {} {}", hidden.object, hidden.detail));
    }
  }

  void show(const HealthFinding& finding) {
    report_.line(fmt::format("   {} {}", finding.object, finding.detail));
    if (!finding.fix.empty()) report_.line("      mend: " + finding.fix);
  }

  [[nodiscard]] std::string headline(const CheckOutcome& one) const {
    const auto& check = *one.chosen.check;
    auto text = check.title + (one.says.empty() ? "" : ": " + one.says);
    const bool measured = one.value && check.unit != HealthUnit::objects && check.unit != HealthUnit::count;
    if (measured && report_.verbosity() == Verbosity::verbose) {
      text += fmt::format(" ({})", measure_text(*one.value, check.unit));
    }
    if (!one.suppressed.empty()) text += fmt::format(" ({} suppressed)", one.suppressed.size());
    return text;
  }

  Report& report_;
  const HealthReport& health_;
};

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json json_of(const std::vector<HealthFinding>& findings) {
  Json list = Json::array();
  for (const auto& one : findings) {
    list.push_back({{"object", one.object},
                    {"detail", one.detail},
                    {"fix", one.fix},
                    {"status", name_of(one.status.value_or(HealthStatus::ok))},
                    {"value", number(one.value)}});
  }
  return list;
}

Json json_of(const CheckOutcome& one) {
  const auto& check = *one.chosen.check;
  Json objects = Json::array();
  for (const auto& finding : one.findings) objects.push_back(finding.object);
  return {{"id", check.id},
          {"title", check.title},
          {"status", name_of(one.status)},
          {"severity", name_of(check.severity)},
          {"message", one.message()},
          {"objects", std::move(objects)},
          {"findings", json_of(one.findings)},
          {"suppressed", json_of(one.suppressed)},
          {"value", number(one.value)},
          {"unit", name_of(check.unit)},
          {"warning", number(one.chosen.warning)},
          {"critical", number(one.chosen.critical)},
          {"fix", one.fix}};
}

Json summary_json(const HealthReport& health) {
  return {{"id", "database"},
          {"title", "Database health"},
          {"status", name_of(health.status)},
          {"message", summary_text(health)},
          {"objects", Json::array()}};
}

void fill(Report& report, const HealthReport& health) {
  auto& result = report.result();
  result["status"] = name_of(health.status);
  result["checks"] = Json::array();
  const auto first = before_summary(health);
  for (std::size_t i = 0; i <= health.checks.size(); ++i) {
    if (i == first) result["checks"].push_back(summary_json(health));
    if (i < health.checks.size()) result["checks"].push_back(json_of(health.checks[i]));
  }
  result["suppressions"] = Json::array();
  for (const auto& one : health.suppressions) {
    const auto& file = *one.suppression;
    result["suppressions"].push_back({{"check", file.check},
                                      {"object", file.object},
                                      {"because", file.because},
                                      {"until", file.until.empty() ? Json(nullptr) : Json(file.until)},
                                      {"use", name_of(one.use)}});
  }
  result["took_ms"] = health.took.count();
}

void tell_suppressions(Report& report, const HealthReport& health) {
  for (const auto& one : health.suppressions) {
    const auto& file = *one.suppression;
    const auto what = fmt::format("{} of {}", file.object.empty() ? "everything" : file.object, file.check);
    if (one.use == SuppressionState::Use::expired) {
      report.warning(fmt::format("{}: the suppression of {} ended on {}", file.at.text(), what, file.until));
    } else if (one.use == SuppressionState::Use::unused) {
      report.warning(fmt::format("{}: there is nothing to suppress: {}", file.at.text(), what));
    }
  }
}

}  // namespace

std::string_view word_of(HealthStatus status) {
  switch (status) {
    case HealthStatus::ok:
      return "OK";
    case HealthStatus::warning:
      return "WARNING";
    case HealthStatus::critical:
      return "CRITICAL";
    case HealthStatus::unknown:
      break;
  }
  return "UNKNOWN";
}

void show_health(Report& report, const HealthReport& health) {
  Lines(report, health).show();
  fill(report, health);
  for (const auto& check : report.result()["checks"]) report.event("check", check);
  tell_suppressions(report, health);
}

}  // namespace dbmigrate
