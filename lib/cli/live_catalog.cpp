// The catalog is the one that catalog files are made of; sizes are the planner's estimates.
// SPDX-License-Identifier: Apache-2.0
#include "cli/live_catalog.hpp"

#include <cstddef>

#include "lint/schema_of_catalog.hpp"

namespace dbmigrate {
namespace {

/// pg_total_relation_size() would wait for whoever holds a table ACCESS EXCLUSIVE; what VACUUM noted does not.
RelationSizes sizes_in(Session& session) {
  const auto rows = session.query(
      "SELECT n.nspname, c.relname, greatest(c.reltuples, 0)::bigint,"
      " (greatest(c.relpages, 0)"
      " + coalesce((SELECT sum(i.relpages) FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = "
      "x.indexrelid"
      " WHERE x.indrelid = c.oid), 0)"
      " + coalesce((SELECT t.relpages FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid), 0))::bigint"
      " * pg_catalog.current_setting('block_size')::bigint"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'");
  RelationSizes sizes;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    sizes[{rows.text(i, 0), rows.text(i, 1)}] = {rows.number(i, 2), rows.number(i, 3)};
  }
  return sizes;
}

}  // namespace

PredictionSettings prediction_settings_of(Session& session) {
  PredictionSettings settings;
  settings.server_major = session.server().major();
  const auto zone = session.query("SELECT pg_catalog.current_setting('TimeZone')").text(0, 0);
  settings.time_zone_is_utc = zone == "UTC" || zone == "Etc/UTC" || zone == "GMT";
  return settings;
}

LiveCatalog read_live_catalog(Database& database) {
  auto& session = database.session();
  LiveCatalog live;
  live.schema = schema_of(read_snapshot(session, database.run_options().version_schema));
  live.sizes = sizes_in(session);
  live.settings = prediction_settings_of(session);
  return live;
}

}  // namespace dbmigrate
