// The golden rows of contracts, on a database that nobody needs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "contract/contract.hpp"
#include "rehearsal/rehearsal_database.hpp"

namespace dbmigrate {

/// How one set of golden rows came out.
struct GoldenOutcome {
  std::string name;
  /// Why it does not hold, each a line: the server's words, or the rows that differ, `-` before what the contract has
  /// and `+` before what came. Empty = it holds.
  std::vector<std::string> problems;
};

/// Each set in a transaction of its own that is rolled back, at UTC. `session` is outside a transaction.
std::vector<GoldenOutcome> try_golden_rows(Session& session, const Contract& contract);

/// Runs `revisions` and everything below them in a new database and tries the contract's golden rows there. Throws what
/// a run throws.
std::vector<GoldenOutcome> rehearse_golden_rows(RehearsalServer& server, const RevisionGraph& graph,
                                                const std::vector<RevisionIndex>& revisions, const Contract& contract);

}  // namespace dbmigrate
