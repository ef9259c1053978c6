// A backfill as a script for psql.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "descriptor/migration.hpp"
#include "ledger/backfill_rows.hpp"

namespace dbmigrate {

/// A DO block that commits after each batch, to be run outside a transaction; it leaves the row of dbmigrate.backfill
/// that a run would leave. A row that fails stops it; run again, a backfill with a `where` does what is left.
std::string backfill_script(const Backfill& backfill, const BackfillId& id, std::string_view version_schema,
                            std::string_view run_id);

}  // namespace dbmigrate
