// What was applied when, and the event log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ledger/ledger.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// Revisions in effect, oldest first. JSON: `revisions[] {branch, revision, state, applied_at, applied_by, took_ms,
/// checksum, run_id}`.
void show_applied(Report& report, const std::vector<AppliedRevision>& rows);

/// JSON: `events[]` with every column of the log.
void show_events(Report& report, const std::vector<RecordedEvent>& events);

}  // namespace dbmigrate
