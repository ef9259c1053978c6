// Revisions that the version table has in effect and of which nothing is left in the database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

struct GoneRevision {
  AppliedRevision row;
  std::vector<std::string> relations;  ///< of its catalog file; none of them is there
};

/// Somebody has undone them by hand. Looked at are applied and adopted revisions of `branches` with nothing in effect
/// above them, newest first, and what is below those that are gone: one catalog file and one query a branch as a rule.
/// A revision whose catalog file is missing, of another text, or without relations tells nothing.
std::vector<GoneRevision> gone_revisions(Session& session, const RevisionGraph& graph,
                                         const std::vector<AppliedRevision>& rows,
                                         const std::vector<std::string>& branches);

}  // namespace dbmigrate
