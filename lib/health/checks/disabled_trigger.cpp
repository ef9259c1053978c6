// Triggers that somebody switched off.
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look{.findings = findings_of(probe, probe.ask_of_ours(R"(
SELECT format('trigger %I.%I.%I', n.nspname, c.relname, g.tgname) AS object,
       format('%I.%I', n.nspname, c.relname) AS relation, 'is disabled' AS detail,
       format('ALTER TABLE %I.%I ENABLE TRIGGER %I;', n.nspname, c.relname, g.tgname) AS fix
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN ours n ON n.oid = c.relnamespace
WHERE g.tgenabled = 'D' AND NOT g.tgisinternal
ORDER BY 1)"))};
  constexpr std::string_view kKind = "trigger ";
  std::erase_if(look.findings, [&](const HealthFinding& one) {
    return probe.expected_property({ObjectKind::trigger, one.object.substr(kKind.size())}, "enabled") == "disabled";
  });
  return look;
}

}  // namespace

HealthCheck disabled_trigger_check() {
  return {.id = "disabled_trigger",
          .title = "Triggers enabled",
          .section = HealthSection::schema,
          .severity = HealthStatus::critical,
          .looks_at = "Triggers of users that are disabled, but for those that a revision disables.",
          .why = "What they keep up (timestamps, audits, copies) stands still, and nobody is told.",
          .remedy = "ALTER TABLE NAME ENABLE TRIGGER NAME;",
          .look = look};
}

}  // namespace dbmigrate
