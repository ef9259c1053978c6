// The catalog against what the revisions left behind.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "health/expected_look.hpp"
#include "health/health_check.hpp"
#include "health/left_over.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

/// Differences in the state of something are told by the check that looks at that state.
bool has_a_check(const ObjectKey& key, const PropertyChange& change) {
  if (key.kind == ObjectKind::trigger) return change.property == "enabled" && change.after == "disabled";
  if (key.kind == ObjectKind::constraint) {
    return change.property == "state" && (change.after == "not validated" || change.after == "index invalid");
  }
  return key.kind == ObjectKind::index && change.property == "state" && change.after == "invalid";
}

bool is_told_as_missing(ObjectKind kind) {
  return kind == ObjectKind::extension || kind == ObjectKind::index || kind == ObjectKind::table ||
         kind == ObjectKind::foreign_table || kind == ObjectKind::view || kind == ObjectKind::materialized_view;
}

std::string detail_of(const Difference& difference) {
  if (difference.kind == Difference::Kind::missing) return "is missing";
  if (difference.kind == Difference::Kind::unexpected) return "is not of any revision";
  std::string text;
  for (const auto& one : difference.changes) {
    const auto side = [](const std::optional<std::string>& value) {
      if (!value) return std::string("(none)");
      return value->find('\n') == std::string::npos ? *value : fmt::format("({} bytes)", value->size());
    };
    text += fmt::format("{}{}: {} → {}", text.empty() ? "has changed, " : "; ", one.property, side(one.before),
                        side(one.after));
  }
  return text;
}

/// Nothing for what another check tells, or what is no alarm.
std::optional<HealthFinding> finding_of(Probe& probe, Difference difference) {
  const auto& key = difference.object.key;
  const auto relation = owner_relation(difference.object);
  const bool unexpected = difference.kind == Difference::Kind::unexpected;
  if (unexpected && (probe.expected().others_unknown || is_left_over(probe, key))) return std::nullopt;
  if (unexpected && key.kind == ObjectKind::index && !difference.object.property("state").empty()) return std::nullopt;
  if (difference.kind == Difference::Kind::missing && is_told_as_missing(key.kind)) return std::nullopt;
  if (!relation.empty() ? !probe.counts(relation) : !is_of_selected(probe, key)) return std::nullopt;
  if (difference.kind == Difference::Kind::changed) {
    std::erase_if(difference.changes, [&](const PropertyChange& change) { return has_a_check(key, change); });
    if (difference.changes.empty()) return std::nullopt;
  }
  return HealthFinding{.object = key.text(),
                       .detail = detail_of(difference),
                       .fix = "dbmigrate drift shows it in full",
                       .status = unexpected ? HealthStatus::warning : HealthStatus::critical};
}

Look look(Probe& probe) {
  require_known_expectation(probe);
  Look look;
  if (probe.expected().at_work) return {.says = "not compared while a run is at work"};
  for (const auto* one : own_differences(probe.expected().comparison.differences)) {
    if (auto finding = finding_of(probe, *one)) look.findings.push_back(std::move(*finding));
  }
  return look;
}

}  // namespace

HealthCheck drift_check() {
  return {.id = "drift",
          .title = "Nothing else has drifted",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at =
              "What is missing, changed or unknown in the schemas of the applied revisions and has no "
              "check of its own. What nobody expects is a warning.",
          .why =
              "Somebody changed the schema by hand: the next revision, or a downgrade, may meet what it "
              "was not made for.",
          .remedy =
              "Put it back as the difference says, or write a revision that makes the change "
              "everywhere; `dbmigrate drift` shows it in full.",
          .look = look};
}

}  // namespace dbmigrate
