// A report in the forms that programs read, held against their grammars.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "health/checks.hpp"
#include "report/health_report.hpp"
#include "support/catch.hpp"
#include "support/fake_console.hpp"

using namespace dbmigrate;

namespace {

const HealthCheck& check_named(const std::string& id) {
  for (const auto& check : health_checks()) {
    if (check.id == id) return check;
  }
  throw std::runtime_error("no check " + id);
}

CheckOutcome outcome(const std::string& id, std::vector<HealthFinding> findings, std::string says = {}) {
  const auto& check = check_named(id);
  CheckOutcome one{.chosen = {&check, check.warning, check.critical}};
  if (check.unit == HealthUnit::objects) one.chosen.warning = 0;
  judge(one, {.findings = std::move(findings), .says = std::move(says)});
  return one;
}

HealthReport report_of(std::vector<CheckOutcome> checks) {
  HealthReport report;
  report.checks = std::move(checks);
  for (const auto& one : report.checks) report.status = worse(report.status, one.status);
  report.server_time = 1761987600.25;
  report.took = Milliseconds{123};
  return report;
}

HealthReport troubled() {
  auto unknown = outcome("lag", {});
  unknown.status = HealthStatus::unknown;
  unknown.says = "the role may not see what other sessions do";
  return report_of({outcome("extensions", {}), outcome("tables", {}), outcome("indexes", {}),
                    outcome("version", {{"branch main", "is at head", "", 0.0}}, "head"),
                    outcome("sequence", {{"sequence public.a|b\nc", "has used 91.5 %", "ALTER \"x\"", 91.5},
                                         {"sequence public.d", "has used 3 %", "", 3.0}}),
                    outcome("leftover", {{"table public.t_old", "looks like a leftover", "DROP TABLE public.t_old;"}}),
                    outcome("version_supported", {{"server 15.1", "loses support", "", 100.5}}),
                    outcome("bloat", {{"table public.t", "holds dead rows", "VACUUM", 6.0 * 1024 * 1024 * 1024}}),
                    std::move(unknown)});
}

/// One metric of the performance data, read as strictly as the guidelines say it.
struct Performance {
  std::string value;
  std::string unit;
  std::string warning;
  std::string critical;
  std::string smallest;
  std::string greatest;
};

std::map<std::string, Performance> parse_nagios(const std::string& line) {
  static const std::string kNumber = R"(-?[0-9]+(?:\.[0-9]+)?)";
  static const std::string kRange = "(@?(?:(?:" + kNumber + "|~)?:)?(?:" + kNumber + ")?)";
  static const std::regex whole(
      R"(^DBMIGRATE (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+(?: \|((?: '[^'=|]+'=[^ ]+)+))?\n$)");
  static const std::regex metric("^'([^'=|]+)'=(" + kNumber + "|U)(s|%|B|c|)(?:;" + kRange + ";" + kRange + ";(" +
                                 kNumber + ")?;(" + kNumber + ")?)$");
  std::smatch parts;
  REQUIRE(std::regex_match(line, parts, whole));
  std::map<std::string, Performance> metrics;
  std::istringstream words(parts[2].str());
  for (std::string word; words >> word;) {
    INFO(word);
    std::smatch found;
    REQUIRE(std::regex_match(word, found, metric));
    CHECK(metrics.emplace(found[1], Performance{found[2], found[3], found[4], found[5], found[6], found[7]}).second);
  }
  return metrics;
}

struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// The text format as the collector reads it: HELP and TYPE once and before the samples of a name, which stand
/// together; no timestamps.
std::multimap<std::string, Sample> parse_prometheus(const std::string& text) {
  static const std::regex help(R"(^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+$)");
  static const std::regex type(R"(^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) gauge$)");
  static const std::regex sample(
      R"re(^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9]+(?:\.[0-9]+)?)$)re");
  static const std::regex label(R"re(([a-z_]+)="((?:[^"\\]|\\.)*)")re");
  std::multimap<std::string, Sample> samples;
  std::set<std::string> typed;
  std::string current;
  REQUIRE(text.ends_with("\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch parts;
    if (std::regex_match(line, parts, help)) {
      current = parts[1];
      CHECK(typed.insert(current).second);
    } else if (std::regex_match(line, parts, type)) {
      CHECK(parts[1] == current);
    } else {
      REQUIRE(std::regex_match(line, parts, sample));
      CHECK(parts[1] == current);
      Sample one{.labels = {}, .value = std::stod(parts[3])};
      const std::string labels = parts[2];
      for (std::sregex_iterator at(labels.begin(), labels.end(), label), end; at != end; ++at)
        one.labels[(*at)[1]] = (*at)[2];
      samples.emplace(parts[1], std::move(one));
    }
  }
  return samples;
}

}  // namespace

TEST_CASE("the monitoring line is one line with performance data in its grammar", "[report]") {
  const auto line = nagios_line(troubled());
  const auto metrics = parse_nagios(line);
  CHECK(line.starts_with("DBMIGRATE CRITICAL - CRITICAL bloat: table public.t holds dead rows, WARNING sequence: "));
  CHECK(metrics.at("sequence").value == "91.5");
  CHECK(metrics.at("sequence").unit == "%");
  CHECK(metrics.at("sequence").warning == "85");
  CHECK(metrics.at("sequence").critical == "95");
  CHECK(metrics.at("sequence").greatest == "100");
  CHECK(metrics.at("bloat").value == "6442450944");
  CHECK(metrics.at("bloat").unit == "B");
  CHECK(metrics.at("version_supported").value == "8683200");
  CHECK(metrics.at("version_supported").warning == "0:");
  CHECK(metrics.at("checks_unknown").value == "1");
  CHECK_FALSE(metrics.contains("leftover"));
}

TEST_CASE("the monitoring line of a healthy database and of one that cannot be reached", "[report]") {
  const auto line = nagios_line(
      report_of({outcome("tables", {}), outcome("version", {{"branch main", "is at head", "", 0.0}}, "head")}));
  CHECK(line.starts_with("DBMIGRATE OK - head, 2 checks hold |"));
  parse_nagios(line);
  const auto failed = nagios_line(HealthStatus::critical, {.code = ErrorCode::cannot_connect,
                                                           .message = "cannot connect to the database",
                                                           .detail = "libpq says: a | b\nc"});
  CHECK(failed == "DBMIGRATE CRITICAL - cannot connect to the database: libpq says: a / b c\n");
  CHECK(parse_nagios(failed).empty());
}

TEST_CASE("a very long text is cut between two characters", "[report]") {
  std::vector<HealthFinding> many(3, {"table public." + std::string(800, 'x') + "üüüü", "looks odd", ""});
  const auto line = nagios_line(report_of({outcome("leftover", many)}));
  CHECK(line.find("… |") != std::string::npos);
  CHECK(line.find('|') < 1100);
  parse_nagios(line);
}

TEST_CASE("metrics are in the text format, with labels and without timestamps", "[report]") {
  const auto samples = parse_prometheus(prometheus_text(troubled(), {.environment = "pro\"d", .database = "app"}));
  REQUIRE(samples.count("dbmigrate_health_status") == 1);
  CHECK(samples.find("dbmigrate_health_status")->second.value == 2);
  CHECK(samples.find("dbmigrate_health_status")->second.labels.at("environment") == "pro\\\"d");
  CHECK(samples.count("dbmigrate_health_check_status") == 9);
  bool seen = false;
  const auto [begin, end] = samples.equal_range("dbmigrate_health_check_value");
  for (auto at = begin; at != end; ++at) {
    if (at->second.labels.at("check") != "sequence") continue;
    seen = true;
    CHECK(at->second.value == 91.5);
    CHECK(at->second.labels.at("unit") == "percent");
  }
  CHECK(seen);
  CHECK(samples.find("dbmigrate_health_last_run_timestamp_seconds")->second.value == 1761987600.25);
}

TEST_CASE("without a connection the metrics say just that", "[report]") {
  const auto samples = parse_prometheus(prometheus_text(HealthStatus::critical, {}));
  REQUIRE(samples.size() == 1);
  CHECK(samples.begin()->second.value == 2);
}

TEST_CASE("text begins with the five lines, and quiet text has only what is wrong behind them", "[report]") {
  FakeConsole console;
  SECTION("all is well") {
    Report report(console, {.verbosity = Verbosity::quiet});
    show_health(report, report_of({outcome("extensions", {}), outcome("tables", {}), outcome("indexes", {}),
                                   outcome("version", {{"branch main", "is at head", "", 0.0}}, "head"),
                                   outcome("drift", {})}));
    CHECK(console.output ==
          "✅ PostgreSQL extensions installed\n✅ All tables exist\n✅ All indexes created\n"
          "✅ Migration status: head\n✅ Database health: OK\n");
  }
  SECTION("not all is well") {
    Report report(console, {.verbosity = Verbosity::quiet});
    show_health(report, troubled());
    CHECK(console.output.find("❌ Database health: CRITICAL (1 critical, 2 warning, 1 unknown of 9 checks)\n") !=
          std::string::npos);
    CHECK(console.output.find("⚠️ No table is left over\n   table public.t_old looks like a leftover\n"
                              "      mend: DROP TABLE public.t_old;\n") != std::string::npos);
    CHECK(console.output.find("❓ Standbys keep up: the role may not see what other sessions do\n") !=
          std::string::npos);
    CHECK(console.output.find("server is supported") == std::string::npos);
  }
  SECTION("every check has its line") {
    Report report(console, {});
    show_health(report, troubled());
    CHECK(console.output.find("✅ The server is supported\n") != std::string::npos);
  }
}

TEST_CASE("the JSON document has the names that scripts rely on", "[report]") {
  FakeConsole console;
  Report report(console, {.format = Format::json});
  show_health(report, troubled());
  report.finish(ExitCode::usage, nullptr);
  const auto document = Json::parse(console.output);
  CHECK(document["result"]["status"] == "critical");
  const auto& checks = document["result"]["checks"];
  REQUIRE(checks.size() == 10);
  CHECK(checks[4]["id"] == "database");
  CHECK(checks[5]["id"] == "sequence");
  CHECK(checks[5]["status"] == "warning");
  CHECK(checks[5]["objects"] == Json::array({"sequence public.a|b\nc"}));
  CHECK(checks[5]["message"] == "sequence public.a|b\nc has used 91.5 %");
}
