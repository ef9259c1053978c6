// Text whose order has changed under its indexes.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

std::string query(int server_major) {
  std::string query = R"(
SELECT format('collation %I.%I', s.nspname, l.collname) AS object,
       format('was made with version %s, the system has %s', l.collversion, pg_collation_actual_version(l.oid)) AS detail,
       format('REINDEX DATABASE CONCURRENTLY %I; ALTER COLLATION %I.%I REFRESH VERSION;', current_database(), s.nspname, l.collname) AS fix
FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace
WHERE l.oid IN (SELECT a.attcollation FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours n ON n.oid = c.relnamespace
                UNION SELECT t.typcollation FROM pg_type t JOIN ours n ON n.oid = t.typnamespace
                UNION SELECT unnest(i.indcollation::oid[]) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                             JOIN ours n ON n.oid = c.relnamespace)
  AND l.collversion <> pg_collation_actual_version(l.oid))";
  if (server_major >= 15) {
    query += R"(
UNION ALL
SELECT format('database %I', d.datname),
       format('was made with version %s of its collation, the system has %s', d.datcollversion,
              pg_database_collation_actual_version(d.oid)),
       format('REINDEX DATABASE CONCURRENTLY %I; ALTER DATABASE %I REFRESH COLLATION VERSION;', d.datname, d.datname)
FROM pg_database d WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid))";
  }
  return query + " ORDER BY 1";
}

Look look(Probe& probe) { return {.findings = findings_of(probe, probe.ask_of_ours(query(probe.server().major())))}; }

}  // namespace

HealthCheck collation_version_check() {
  return {.id = "collation_version",
          .title = "Collations are as they were",
          .section = HealthSection::schema,
          .severity = HealthStatus::critical,
          .looks_at =
              "Collations in use, and that of the database, whose version was another when they were "
              "made.",
          .why =
              "The order of text has changed under the indexes: rows are not found, and unique ones "
              "come twice.",
          .remedy = "REINDEX what uses it, then ALTER COLLATION NAME REFRESH VERSION;",
          .look = look};
}

}  // namespace dbmigrate
