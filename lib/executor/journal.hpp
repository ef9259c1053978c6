// Revisions that cannot be one transaction: done unit by unit, each recorded.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "executor/transaction.hpp"

namespace dbmigrate {

/// Goes on behind the units that an earlier run recorded. Throws Error{part_way} when a unit fails: what is recorded
/// stays, and a re-run goes on there; Error{checksum_mismatch} when recorded units were changed meanwhile; LostClaim.
RevisionOutcome run_journalled(Worker& worker, const PreparedRevision& revision);

}  // namespace dbmigrate
