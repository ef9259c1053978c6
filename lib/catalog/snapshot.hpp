// A database's catalog, read into values.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "catalog/extension_names.hpp"
#include "catalog/object.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// The same for the same schema, whatever its objects' OIDs and the order in which they were made. Columns carry their
/// `position` among those that are there. Not in it: the system's schemas, what extensions brought along, temporary
/// objects, the version tables' schema, and what comes by itself with something else (array and row types, indexes of
/// constraints, internal triggers, NOT NULL as a constraint). Names with a day in them are without it
/// (dated_names.hpp).
struct Snapshot {
  int server_major = 0;
  std::map<ObjectKey, Properties> objects;
  ExtensionNames extension_names{};  ///< which definitions may speak of, in whatever schema the extension is
  std::map<std::string, std::string> dated_names{};  ///< `orders_archived_YYYYMMDD` to the name it really has

  [[nodiscard]] const Properties* find(const ObjectKey& key) const;
};

/// Reads with a fixed number of queries, however large the catalog is, in a transaction of its own (REPEATABLE READ,
/// READ ONLY), or in the one that is open, which it leaves as it was. Needs no privilege but to connect.
Snapshot read_snapshot(Session& session, std::string_view version_schema);

}  // namespace dbmigrate
