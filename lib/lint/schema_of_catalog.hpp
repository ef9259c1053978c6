// A catalog, live or expected, as the schema that rules know.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/catalog_file.hpp"
#include "catalog/snapshot.hpp"
#include "lint/known_schema.hpp"

namespace dbmigrate {

/// Everything in it is old.
KnownSchema schema_of(const Snapshot& snapshot);

/// What the revision of a catalog file does, in place of what its text says: DO blocks are in it too.
void apply(const CatalogFile& file, KnownSchema& schema);

}  // namespace dbmigrate
