// One revision in full, as its files have it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/json_fwd.hpp"
#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// What a version table has of a revision; no row = it is not in effect.
struct RecordedRow {
  std::optional<AppliedRevision> row;
};

/// Its place in the graph, its settings and its SQL; JSON: `revision {…}`, with `version_row` where a version table was
/// read.
void show_revision(Report& report, const RevisionGraph& graph, RevisionIndex revision,
                   const std::optional<RecordedRow>& recorded);

Json revision_json(const RevisionGraph& graph, RevisionIndex revision);

}  // namespace dbmigrate
