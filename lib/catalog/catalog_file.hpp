// `catalog/REVISION.yaml`: what a revision adds to the catalog, changes in it and drops from it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "catalog/difference.hpp"
#include "catalog/snapshot.hpp"
#include "core/checksum.hpp"
#include "core/revision_id.hpp"
#include "descriptor/migration.hpp"
#include "graph/revision_graph.hpp"

namespace dbmigrate {

/// An object that a revision leaves otherwise than it found it.
struct ObjectChange {
  ObjectKey key;
  std::vector<PropertyChange> changes;

  bool operator==(const ObjectChange&) const = default;
};

struct CatalogFile {
  RevisionId id;
  Checksum checksum;         ///< of the revision that was replayed
  Checksum inputs;           ///< catalog_inputs() of it
  int server_major = 0;      ///< that printed the texts
  std::vector<Object> adds;  ///< by kind and identity, but the columns of one table in their order
  std::vector<ObjectChange> changes;
  std::vector<ObjectKey> drops;

  bool operator==(const CatalogFile&) const = default;
};

/// An object as files hold it: without what depends on the server or on who ran the migration (`position`, an
/// extension's version and schema, `owner` where that is `usual_owner`), function bodies as their digest.
Properties portable(const ObjectKey& key, Properties properties, const std::string& usual_owner);
Objects portable(const Snapshot& snapshot, const std::string& usual_owner);

/// What a replay that started at `before` and ended at `after` has done; both read from the same database.
CatalogFile catalog_file_of(const Snapshot& before, const Snapshot& after, const std::string& usual_owner);

/// The text of the file, ending in a line feed; reads back as an equal value.
std::string catalog_file_text(const CatalogFile& file);
/// `name` for messages. Throws Error{invalid_descriptor} at the place of whatever is not as it must be.
CatalogFile parse_catalog_file(std::string text, const std::string& name);

/// Digest of all that a revision's file rests on: its own text and, through theirs, all its ancestors and
/// dependencies. One entry a revision, in linear time.
std::vector<Checksum> catalog_inputs(const RevisionGraph& graph);

/// Where the file of a migration lies, beside its descriptor, whether it is there or not.
std::filesystem::path catalog_path(const Migration& migration);
/// Throws Error{invalid_descriptor} when the folder of catalog files beside `migration` is a link: what is written and
/// removed there would be somebody else's.
void require_own_catalog_folder(const Migration& migration);
/// Nothing where there is none. Throws what parse_catalog_file() throws, Error{invalid_descriptor} for a link, and
/// Error{file_unreadable}.
std::optional<CatalogFile> load_catalog_file(const Migration& migration);

}  // namespace dbmigrate
