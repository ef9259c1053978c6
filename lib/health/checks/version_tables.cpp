// The version table and its companions.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "ledger/schema.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  const auto schema = probe.subject().version_schema;
  try {
    const auto& state = probe.ledger();
    if (!state.exists) return {.says = "not there yet"};
    Look look;
    if (state.internal_version < kLedgerVersion) {
      look.says = fmt::format("of form {}, the next change makes them form {}", state.internal_version, kLedgerVersion);
    }
    return look;
  } catch (const ServerError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::state_conflict) throw;
    return {.findings = {{.object = "table " + schema + ".control",
                          .detail = "is not as it must be: " + error.info().message,
                          .fix = "dbmigrate repair"}}};
  }
}

}  // namespace

HealthCheck version_tables_check() {
  return {.id = "version_tables",
          .title = "Version tables are whole",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at =
              "The tables in which dbmigrate remembers what it has done: that they read, and have their "
              "control row.",
          .why = "Without them nobody knows what is applied, and no run begins.",
          .remedy = "dbmigrate repair",
          .look = look};
}

}  // namespace dbmigrate
