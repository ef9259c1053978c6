// What each revision does to the catalog, found by running it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "catalog/catalog_file.hpp"
#include "rehearsal/rehearsal_database.hpp"

namespace dbmigrate {

/// The catalog file of each of `revisions`, in the order in which they run. Each is run on a database that holds what
/// it builds on and depends on, and nothing else; `started` is called before. Throws what a run throws.
std::vector<CatalogFile> replay_catalogs(RehearsalServer& server, const RevisionGraph& graph,
                                         std::vector<RevisionIndex> revisions,
                                         const std::function<void(const RevisionId&)>& started);

}  // namespace dbmigrate
