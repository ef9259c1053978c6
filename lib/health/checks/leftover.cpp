// Tables with the name of something provisional.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/left_over.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  Look look{.findings = findings_of(probe, probe.ask_of_ours(fmt::format(R"(
SELECT format('table %I.%I', n.nspname, c.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       'looks like a leftover' AS detail, format('DROP TABLE %I.%I;', n.nspname, c.relname) AS fix
FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND c.relname ~ '{}'
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
ORDER BY 1)",
                                                                         kLeftOverName)))};
  std::erase_if(look.findings, [&](const HealthFinding& one) { return is_made_by_a_revision(probe, one.object); });
  return look;
}

}  // namespace

HealthCheck leftover_check() {
  return {.id = "leftover",
          .title = "No table is left over",
          .section = HealthSection::migrations,
          .severity = HealthStatus::warning,
          .looks_at =
              "Tables whose names end in _old, _new, _bak, _backup, _tmp, _temp or _copy, with or "
              "without digits behind, and that no revision made.",
          .why =
              "They are what a change by hand, or another tool, left behind; they take room, and "
              "confuse.",
          .remedy = "DROP TABLE NAME; when nothing reads it any more.",
          .look = look};
}

}  // namespace dbmigrate
