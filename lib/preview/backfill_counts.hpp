// How many rows a data migration would find, without running it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "preview/preview.hpp"

namespace dbmigrate {

/// Columns that the plan adds to the table before are taken to have what they would have by then: a default, or NULL.
/// `clone` has run the plan; null = there is none, and such a backfill is counted when it is reached.
BackfillOutlook outlook_of(const Backfill& backfill, TargetReader& reader, Session* clone);

}  // namespace dbmigrate
