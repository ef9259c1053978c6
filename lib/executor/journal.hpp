// Revisions that cannot be one transaction: done unit by unit, each recorded.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "executor/transaction.hpp"

namespace dbmigrate {

/// By raising this SQLSTATE a step of an upgrade says that the revision cannot be finished, and has it taken back.
inline constexpr std::string_view kUndoRequested = "DBM02";

/// Goes on behind the units that an earlier run recorded. Throws Error{part_way} when a unit fails: what is recorded
/// stays, and a re-run goes on there; Error{checksum_mismatch} when recorded units were changed meanwhile; LostClaim;
/// Error{migration_failed} after the revision was taken back by its own downgrade.
RevisionOutcome run_journalled(Worker& worker, const PreparedRevision& revision);

}  // namespace dbmigrate
