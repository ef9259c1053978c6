// What revisions say must be so of the data.
// SPDX-License-Identifier: Apache-2.0
#include "validation/data_checks.hpp"

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

HealthFinding finding_of(const CheckResult& result) {
  const bool failed = result.outcome == CheckResult::Outcome::failed;
  HealthStatus status = result.is_fatal() ? HealthStatus::critical : HealthStatus::warning;
  if (failed) status = HealthStatus::unknown;
  return {.object = "check " + result.id.text() + ": " + result.name,
          .detail = failed ? "was refused: " + result.says : "found " + result.says,
          .fix = "dbmigrate show " + result.id.text() + " prints its query",
          .status = status};
}

Look look(Probe& probe) {
  const auto& subject = probe.subject();
  const CheckSettings settings{.recent_writes_after = subject.recent_writes_after};
  Look look;
  for (const auto& result :
       run_checks(probe.session(), subject.graph, probe.ledger().rows, subject.branches, settings)) {
    const bool holds = result.outcome == CheckResult::Outcome::holds;
    if (!holds && result.severity != Severity::info) look.findings.push_back(finding_of(result));
  }
  return look;
}

}  // namespace

HealthCheck data_checks_check() {
  return {.id = "data_checks",
          .title = "Data checks hold",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at =
              "The `checks` of the applied revisions. One of severity warning is a warning; one that "
              "the server refuses is unknown.",
          .why = "They say what must be so for the data to be right.",
          .remedy =
              "Run the query of the check, and mend the rows that it names; `dbmigrate validate-only` "
              "shows all of them.",
          .look = look};
}

}  // namespace dbmigrate
