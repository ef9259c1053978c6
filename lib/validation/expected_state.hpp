// What a database should look like by what its version table says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "catalog/expected_catalog.hpp"
#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"

namespace dbmigrate {

/// A revision in effect of which nobody can say what it left behind.
struct UnknownEffect {
  RevisionId id;
  std::string why;  ///< a sentence
};

struct ExpectedState {
  ExpectedCatalog catalog;             ///< of whatever is known
  std::vector<UnknownEffect> unknown;  ///< empty = all of it is
};

/// From the catalog files of the revisions in effect, of every branch. Unknown are revisions that the files do not
/// have, that are half-way, that ran with another text, or have no catalog file of that text.
ExpectedState expected_state(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows);

/// Throws Error{expectation_failed} that names every unknown effect; returns when there is none.
void require_known(const ExpectedState& state);

}  // namespace dbmigrate
