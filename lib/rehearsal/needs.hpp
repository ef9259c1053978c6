// What has to run before a revision does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "graph/revision_graph.hpp"

namespace dbmigrate {

/// Everything that `revision` builds on or depends on, in the order in which it runs.
std::vector<RevisionIndex> needs_of(const RevisionGraph& graph, RevisionIndex revision);

}  // namespace dbmigrate
