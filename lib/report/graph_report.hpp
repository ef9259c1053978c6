// Heads and branches of the files.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "graph/revision_graph.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// One line a head; JSON: `branches[] {branch, heads[]}`.
void show_heads(Report& report, const RevisionGraph& graph, const std::vector<std::string>& branches);

/// One line a branch; JSON: `branches[] {branch, description, folder, revisions, heads[]}`.
void show_branches(Report& report, const RevisionGraph& graph, const std::vector<std::string>& branches);

}  // namespace dbmigrate
