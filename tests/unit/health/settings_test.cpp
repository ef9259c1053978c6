// Thresholds and suppressions as dbmigrate.yaml has them.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "health/checks.hpp"
#include "health/health_run.hpp"
#include "health/health_settings.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "yaml/document.hpp"

using namespace dbmigrate;

namespace {

HealthSectionOfFile section(const std::string& text) {
  const auto document = yaml::parse(text, "dbmigrate.yaml", ErrorCode::invalid_config);
  return read_health_section(yaml::Value(document, "health"));
}

const ChosenCheck& chosen(const std::vector<ChosenCheck>& all, const std::string& id) {
  return *std::find_if(all.begin(), all.end(), [&](const ChosenCheck& one) { return one.check->id == id; });
}

ErrorInfo refusal(const std::string& text) {
  return error_of([&] { chosen_checks(section(text)); });
}

}  // namespace

TEST_CASE("checks have ids, words and limits that fit together", "[health]") {
  CHECK(health_checks().size() >= 30);
  for (const auto& check : health_checks()) {
    INFO(check.id);
    CHECK_FALSE(check.title.empty());
    CHECK_FALSE(check.title.ends_with("."));
    CHECK(check.looks_at.ends_with("."));
    CHECK(check.why.ends_with("."));
    CHECK_FALSE(check.remedy.empty());
    CHECK(check.look != nullptr);
    if (check.unit != HealthUnit::objects) CHECK((check.warning || check.critical));
    if (check.warning && check.critical) CHECK(*check.warning <= *check.critical);
    CHECK((check.severity == HealthStatus::warning || check.severity == HealthStatus::critical));
  }
}

TEST_CASE("thresholds are read in the unit of their check", "[health]") {
  const auto all = chosen_checks(
      section("checks:\n  sequence: {warning: 70%, critical: 80}\n  long_xact: {warning: 2min, critical: off}\n"
              "  bloat: {warning: 500MB}\n  wraparound: {critical: 1.5e9}\n  drift: {enabled: false}\n  unused_index: "
              "{warning: 180d}\n  not_valid: "
              "{warning: 3}\n"));
  CHECK(*chosen(all, "sequence").warning == 70);
  CHECK(*chosen(all, "sequence").critical == 80);
  CHECK(*chosen(all, "long_xact").warning == 120);
  CHECK_FALSE(chosen(all, "long_xact").critical);
  CHECK(*chosen(all, "bloat").warning == 500.0 * 1024 * 1024);
  CHECK(*chosen(all, "wraparound").critical == 1.5e9);
  CHECK(*chosen(all, "not_valid").warning == 3);
  CHECK(*chosen(all, "unused_index").warning == 180);
  CHECK(*chosen(all, "tables").critical == 0);
  CHECK(std::none_of(all.begin(), all.end(), [](const ChosenCheck& one) { return one.check->id == "drift"; }));
}

TEST_CASE("what the settings file has wrong is told at its place", "[health]") {
  CHECK(refusal("checks:\n  sequense: {warning: 1}\n").message == "there is no health check \"sequense\"");
  CHECK(refusal("checks:\n  sequense: {warning: 1}\n").hint == "Did you mean \"sequence\"?");
  CHECK(refusal("checks:\n  sequence: {warning: 5min}\n").message ==
        "\"5min\" cannot be the warning threshold of sequence");
  CHECK(refusal("checks:\n  long_xact: {critical: 7}\n").at->line == 2);
  CHECK(refusal("suppress:\n- {check: nothing, because: x}\n").message == "there is no health check \"nothing\"");
  CHECK(refusal("suppress:\n- {check: drift}\n").code == ErrorCode::invalid_config);
  CHECK(refusal("suppress:\n- {check: drift, because: x, until: 2026-02-30}\n").message == "\"2026-02-30\" is no day");
  CHECK(refusal("suppress:\n- {check: drift, because: x, until: tomorrow}\n").message == "\"tomorrow\" is no day");
  CHECK(refusal("chekcs: {}\n").code == ErrorCode::invalid_config);
}

TEST_CASE("a suppression names objects with or without their kind, with stars for any text", "[health]") {
  CHECK(suppresses("", "table public.t"));
  CHECK(suppresses("table public.t", "table public.t"));
  CHECK(suppresses("public.t", "table public.t"));
  CHECK(suppresses("public.*", "materialized view public.v"));
  CHECK(suppresses("*_old", "table public.users_old"));
  CHECK_FALSE(suppresses("public.t", "table public.t2"));
  CHECK_FALSE(suppresses("public.", "table public.t"));
}

TEST_CASE("the worst wins, and what is known to be wrong before what is not known", "[health]") {
  using enum HealthStatus;
  CHECK(worse(ok, unknown) == unknown);
  CHECK(worse(unknown, warning) == warning);
  CHECK(worse(critical, unknown) == critical);
  CHECK(worse(warning, ok) == warning);
}

TEST_CASE("a threshold itself is no alarm, a value beyond it is", "[health]") {
  const auto all = chosen_checks({});
  const auto judged = [&](const std::string& id, double value) {
    CheckOutcome outcome{.chosen = chosen(all, id)};
    judge(outcome, {.findings = {{"thing", "is so", "", value}}});
    return outcome.status;
  };
  CHECK(judged("sequence", 85) == HealthStatus::ok);
  CHECK(judged("sequence", 85.1) == HealthStatus::warning);
  CHECK(judged("sequence", 95.1) == HealthStatus::critical);
  CHECK(judged("version_supported", 0) == HealthStatus::ok);
  CHECK(judged("version_supported", -1) == HealthStatus::warning);
}

TEST_CASE("measures are written for people", "[health]") {
  CHECK(measure_text(1536.0 * 1024, HealthUnit::bytes) == "1.5 MB");
  CHECK(measure_text(12.345678, HealthUnit::percent) == "12.346 %");
  CHECK(measure_text(90, HealthUnit::seconds) == "1 min 30 s");
  CHECK(plain_number(-0.0001) == "0");
  CHECK(plain_number(1.4e9) == "1400000000");
}
