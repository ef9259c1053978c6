// Metrics for the textfile collector of Prometheus' node exporter.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "report/health_report.hpp"

namespace dbmigrate {
namespace {

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

/// Samples of one name stand together below its HELP and TYPE.
class Metrics {
 public:
  explicit Metrics(const HealthLabels& labels) {
    if (!labels.environment.empty()) add_label(common_, "environment", labels.environment);
    if (!labels.database.empty()) add_label(common_, "database", labels.database);
  }

  void begin(std::string_view name, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
  }
  void sample(double value) { write(common_, value); }
  void sample(const CheckOutcome& check, double value) {
    auto labels = common_;
    add_label(labels, "check", check.chosen.check->id);
    if (check.chosen.check->unit != HealthUnit::objects) add_label(labels, "unit", name_of(check.chosen.check->unit));
    write(labels, value);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static void add_label(std::string& labels, std::string_view name, std::string_view value) {
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, label_value(value));
  }
  void write(const std::string& labels, double value) {
    text_ += fmt::format("{}{} {}\n", name_, labels.empty() ? "" : "{" + labels + "}", plain_number(value));
  }

  std::string common_;
  std::string name_;
  std::string text_;
};

void add_status(Metrics& metrics, HealthStatus status) {
  metrics.begin("dbmigrate_health_status", "The worst of all checks: 0 ok, 1 warning, 2 critical, 3 unknown.");
  metrics.sample(static_cast<int>(status));
}

/// One sample for each check that has a value there.
template <class Value>
void add_each(Metrics& metrics, const HealthReport& health, std::string_view name, std::string_view help, Value value) {
  metrics.begin(name, help);
  for (const auto& one : health.checks) {
    if (const std::optional<double> number = value(one)) metrics.sample(one, *number);
  }
}

std::optional<double> if_measured(const CheckOutcome& one, const std::optional<double>& value) {
  return one.chosen.check->unit == HealthUnit::objects ? std::nullopt : value;
}

}  // namespace

std::string prometheus_text(const HealthReport& health, const HealthLabels& labels) {
  Metrics metrics(labels);
  add_status(metrics, health.status);
  add_each(metrics, health, "dbmigrate_health_check_status", "A check: 0 ok, 1 warning, 2 critical, 3 unknown.",
           [](const CheckOutcome& one) -> std::optional<double> { return static_cast<int>(one.status); });
  add_each(metrics, health, "dbmigrate_health_check_objects", "How many objects a check found that are an alarm.",
           [](const CheckOutcome& one) -> std::optional<double> { return static_cast<double>(one.findings.size()); });
  add_each(metrics, health, "dbmigrate_health_check_value", "The worst that a check measured, in its unit.",
           [](const CheckOutcome& one) { return if_measured(one, one.value); });
  add_each(metrics, health, "dbmigrate_health_check_warning", "The value beyond which a check warns.",
           [](const CheckOutcome& one) { return if_measured(one, one.chosen.warning); });
  add_each(metrics, health, "dbmigrate_health_check_critical", "The value beyond which a check is critical.",
           [](const CheckOutcome& one) { return if_measured(one, one.chosen.critical); });
  metrics.begin("dbmigrate_health_duration_seconds", "How long all checks took.");
  metrics.sample(static_cast<double>(health.took.count()) / 1000);
  metrics.begin("dbmigrate_health_last_run_timestamp_seconds", "The clock of the server when the checks ran.");
  metrics.sample(health.server_time);
  return metrics.text();
}

std::string prometheus_text(HealthStatus status, const HealthLabels& labels) {
  Metrics metrics(labels);
  add_status(metrics, status);
  return metrics.text();
}

}  // namespace dbmigrate
