// The columns that relations have: by the catalog files, in a snapshot, or live.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/expected_catalog.hpp"
#include "catalog/snapshot.hpp"
#include "contract/contract.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

struct RelationColumn {
  std::string name;
  std::string type;  ///< as format_type() prints it
  bool not_null = false;

  bool operator==(const RelationColumn&) const = default;
};

struct Relation {
  bool is_table = false;  ///< only a table knows which columns are never NULL
  std::vector<RelationColumn> columns;
  /// The revision that added all columns at once, so that their order is known; empty = the order is not known, as
  /// catalog files do not say where a renamed column stands.
  std::optional<RevisionId> ordered_by;
  bool ordered = true;

  bool operator==(const Relation&) const = default;
};

using RelationNames = std::set<RelationName>;
using Relations = std::map<RelationName, Relation>;

/// The names in an identity such as `public."Odd name".id`, without quotes.
std::vector<std::string> identity_parts(std::string_view identity);

/// What of `file` concerns these relations: they themselves and their columns.
CatalogFile only_relations(const CatalogFile& file, const RelationNames& names);

Relations relations_of(const ExpectedCatalog& catalog, const RelationNames& names);
Relations relations_of(const Snapshot& snapshot, const RelationNames& names);

/// One message that leaves the open transaction as it was, whatever role and path are set in it.
Relations read_relations(Session& session, const RelationNames& names);

}  // namespace dbmigrate
