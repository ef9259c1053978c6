// Files that changed after they were applied.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look;
  const auto& subject = probe.subject();
  for (const auto& one : checksum_mismatches(subject.graph, probe.ledger().rows, subject.branches)) {
    look.findings.push_back({.object = "revision " + one.id.text(),
                             .detail = fmt::format("ran as {}, {} is {} now", one.recorded.short_form(), one.file,
                                                   one.on_disk.short_form()),
                             .fix = fmt::format("git checkout -- {}, or `dbmigrate repair`", one.file)});
  }
  return look;
}

}  // namespace

HealthCheck checksums_check() {
  return {.id = "checksums",
          .title = "Applied revisions are as they ran",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Files of applied revisions whose checksum is another now.",
          .why =
              "`upgrade` and `downgrade` stop before any change while the history and the files "
              "disagree.",
          .remedy =
              "Restore the file; or, where the new text is known to describe what is there, `dbmigrate "
              "repair`.",
          .look = look};
}

}  // namespace dbmigrate
