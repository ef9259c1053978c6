// Extensions that revisions in effect need and that are not there.
// SPDX-License-Identifier: Apache-2.0
#include "health/expected_look.hpp"
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) { return missing_objects(probe, {ObjectKind::extension}); }

}  // namespace

HealthCheck extensions_check() {
  return {.id = "extensions",
          .title = "PostgreSQL extensions installed",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Extensions that the applied revisions left behind.",
          .why = "Functions, operators and index methods of a missing extension fail in the application.",
          .remedy = "CREATE EXTENSION NAME;",
          .look = look};
}

}  // namespace dbmigrate
