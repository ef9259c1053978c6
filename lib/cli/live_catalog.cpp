// The catalog is the one that catalog files are made of; sizes are the planner's estimates.
// SPDX-License-Identifier: Apache-2.0
#include "cli/live_catalog.hpp"

#include <cstddef>

#include "lint/schema_of_catalog.hpp"

namespace dbmigrate {
namespace {

RelationSizes sizes_in(Session& session) {
  const auto rows = session.query(
      "SELECT n.nspname, c.relname, greatest(c.reltuples, 0)::bigint,"
      " coalesce(pg_catalog.pg_total_relation_size(c.oid), 0)"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'");
  RelationSizes sizes;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    sizes[{rows.text(i, 0), rows.text(i, 1)}] = {rows.number(i, 2), rows.number(i, 3)};
  }
  return sizes;
}

}  // namespace

LiveCatalog read_live_catalog(Database& database) {
  auto& session = database.session();
  LiveCatalog live;
  live.schema = schema_of(read_snapshot(session, database.run_options().version_schema));
  live.sizes = sizes_in(session);
  live.settings.server_major = session.server().major();
  const auto zone = session.query("SELECT pg_catalog.current_setting('TimeZone')").text(0, 0);
  live.settings.time_zone_is_utc = zone == "UTC" || zone == "Etc/UTC" || zone == "GMT";
  return live;
}

}  // namespace dbmigrate
