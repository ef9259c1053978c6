// One revision in full, as its files have it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json_fwd.hpp"
#include "graph/revision_graph.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// Its place in the graph, its settings and its SQL; JSON: `revision {…}`.
void show_revision(Report& report, const RevisionGraph& graph, RevisionIndex revision);

Json revision_json(const RevisionGraph& graph, RevisionIndex revision);

}  // namespace dbmigrate
