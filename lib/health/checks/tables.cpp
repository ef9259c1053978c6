// Relations that revisions in effect made and that are not there.
// SPDX-License-Identifier: Apache-2.0
#include "health/expected_look.hpp"
#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  return missing_objects(
      probe, {ObjectKind::table, ObjectKind::foreign_table, ObjectKind::view, ObjectKind::materialized_view});
}

}  // namespace

HealthCheck tables_check() {
  return {.id = "tables",
          .title = "All tables exist",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at =
              "Tables, foreign tables, views and materialized views that the applied revisions left "
              "behind.",
          .why = "The application fails where it reads or writes them.",
          .remedy =
              "Restore the relation from a backup, or from its migration; `dbmigrate repair` where a "
              "whole revision was undone by hand.",
          .look = look};
}

}  // namespace dbmigrate
