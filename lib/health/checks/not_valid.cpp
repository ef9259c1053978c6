// Constraints that were added NOT VALID and never validated.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

std::string query(int server_major) {
  // A constraint that is NOT ENFORCED is never validated, and is so on purpose.
  const char* enforced = server_major >= 18 ? "AND k.conenforced" : "";
  return fmt::format(R"(
SELECT format('constraint %I.%I.%I', n.nspname, coalesce(c.relname, t.typname), k.conname) AS object,
       CASE WHEN c.oid IS NOT NULL THEN format('%I.%I', n.nspname, c.relname) END AS relation,
       'is NOT VALID: rows from before were not looked at' AS detail,
       CASE WHEN c.oid IS NOT NULL THEN format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I;', n.nspname, c.relname, k.conname)
            ELSE format('ALTER DOMAIN %I.%I VALIDATE CONSTRAINT %I;', n.nspname, t.typname, k.conname) END AS fix
FROM pg_constraint k JOIN ours n ON n.oid = k.connamespace
LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
WHERE NOT k.convalidated AND k.conparentid = 0 {}
ORDER BY 1)",
                     enforced);
}

Look look(Probe& probe) {
  Look look{.findings = findings_of(probe, probe.ask_of_ours(query(probe.server().major())))};
  constexpr std::string_view kKind = "constraint ";
  std::erase_if(look.findings, [&](const HealthFinding& one) {
    const ObjectKey key{ObjectKind::constraint, one.object.substr(kKind.size())};
    return probe.expected_property(key, "state") == "not validated";
  });
  return look;
}

}  // namespace

HealthCheck not_valid_check() {
  return {.id = "not_valid",
          .title = "Constraints validated",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .looks_at = "Constraints that are NOT VALID, but for those that a revision leaves so.",
          .why = "Rows from before the constraint may break it, and the planner does not rely on it.",
          .remedy = "ALTER TABLE NAME VALIDATE CONSTRAINT NAME;",
          .look = look};
}

}  // namespace dbmigrate
