// What a failed CREATE INDEX CONCURRENTLY left behind.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kQuery = R"(
SELECT format('index %I.%I', n.nspname, r.relname) AS object, format('%I.%I', n.nspname, c.relname) AS relation,
       CASE r.relkind WHEN 'I' THEN 'is invalid: a partition has no index attached to it'
                      ELSE 'is invalid: it is kept up and never read' END AS detail,
       CASE WHEN r.relkind = 'I' THEN format('ALTER INDEX %I.%I ATTACH PARTITION INDEX_OF_THE_PARTITION;', n.nspname, r.relname)
            WHEN r.relname ~ '_cc(new|old)[0-9]*$' THEN format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, r.relname)
            ELSE format('REINDEX INDEX CONCURRENTLY %I.%I;', n.nspname, r.relname) END AS fix
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN ours n ON n.oid = r.relnamespace
WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
  AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = r.oid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
  AND NOT (format('%I.%I', n.nspname, c.relname) = ANY (ARRAY[{}]::text[]))
ORDER BY 1)";

Look look(Probe& probe) {
  // What the primary builds looks invalid here, and whether it does is not to be seen.
  if (probe.on_standby()) return {.says = "to be looked at on the primary"};
  const auto& builds = probe.builds();
  std::string tables;
  for (const auto& one : builds.tables) tables += (tables.empty() ? "" : ", ") + sql::quote_literal(one);
  Look look{.findings = findings_of(probe, probe.ask_of_ours(fmt::format(kQuery, tables)))};
  if (!look.findings.empty() && builds.masked) {
    throw CannotTell{
        .why = look.findings.front().object + " is invalid, and an index is being built that the role may not see",
        .fix = "GRANT pg_monitor TO " + probe.user() + ";"};
  }
  return look;
}

}  // namespace

HealthCheck invalid_index_check() {
  return {.id = "invalid_index",
          .title = "No index is invalid",
          .section = HealthSection::schema,
          .severity = HealthStatus::critical,
          .looks_at =
              "Indexes that are invalid or not ready, unless one is being built or dropped on their "
              "table now.",
          .why =
              "A build that failed or was cancelled leaves one: it costs every write, serves no query, "
              "and of a unique one nothing is sure.",
          .remedy = "REINDEX INDEX CONCURRENTLY NAME; or DROP INDEX CONCURRENTLY NAME;",
          .look = look};
}

}  // namespace dbmigrate
