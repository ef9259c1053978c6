// What is asked of the database before a plan is made or run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "executor/prepared_revision.hpp"
#include "graph/revision_graph.hpp"
#include "ledger/ledger.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Those of `branches` that have a held revision and a table, made by one of their revisions, with at least one row. A
/// table that the role may not read counts as having rows.
std::set<std::string> branches_with_rows(Session& session, const RevisionGraph& graph,
                                         const std::vector<std::string>& branches);

/// True when the database has tables of its own: not the system's, not an extension's, not ours.
bool has_tables(Session& session, std::string_view version_schema);

/// The tables that the steps create, as SQL writes them, that are there already.
std::vector<std::string> tables_there_already(Session& session, const std::vector<Step>& steps);

/// Throws Error{checksum_mismatch} that names every file changed after it was applied.
void require_same_checksums(const RevisionGraph& graph, const LedgerState& state,
                            const std::vector<std::string>& branches);

/// Throws Error{unknown_revision} when a branch in `branches` has applied revisions that the files do not have.
void require_known_revisions(const RevisionGraph& graph, const LedgerState& state,
                             const std::vector<std::string>& branches);

/// Throws Error{refused} for a database that has tables, no version rows and no chosen branches, while the plan would
/// create several branches.
void require_chosen_branches(Session& session, const Plan& plan, const LedgerState& state, bool chosen,
                             std::string_view version_schema);

}  // namespace dbmigrate
