// The question of adopting, for scripts: what a run finds out by a snapshot, psql asks in SQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/catalog_file.hpp"

namespace dbmigrate {

/// A query of one row: `dbmigrate_run`, true where none of the objects that `file` names is there; `dbmigrate_adopt`,
/// true where all are and every column has its type; `dbmigrate_against`, the others for a message. To be run with
/// an empty search_path. Throws Error{unsupported_feature} for a kind of object that a script cannot look for.
std::string adoption_question(const CatalogFile& file);

}  // namespace dbmigrate
