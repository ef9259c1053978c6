// Extensions that are older than their files.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return {.findings = findings_of(probe, probe.ask(R"(
SELECT format('extension %I', e.extname) AS object, format('is %s, the server brings %s', e.extversion, a.default_version) AS detail,
       format('ALTER EXTENSION %I UPDATE;', e.extname) AS fix
FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname
WHERE a.default_version <> e.extversion ORDER BY 1)"))};
}

}  // namespace

HealthCheck extension_version_check() {
  return {.id = "extension_version",
          .title = "Extensions are up to date",
          .section = HealthSection::schema,
          .severity = HealthStatus::warning,
          .looks_at = "Installed extensions whose version is another than the one that the server brings along.",
          .why =
              "After an upgrade of the server its libraries are new and the SQL of the extension is "
              "old; corrections are missing.",
          .remedy = "ALTER EXTENSION NAME UPDATE;",
          .look = look};
}

}  // namespace dbmigrate
