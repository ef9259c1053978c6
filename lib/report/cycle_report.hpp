// What a cycle found, revision by revision.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/json_fwd.hpp"
#include "rehearsal/cycle.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// What is to be said of a revision besides its verdict: lines without their ends.
std::vector<std::string> lines_about(const CycledRevision& revision);

/// One revision: a line with its verdict, then what it left behind. ndjson: the event `revision`. Adds to
/// `revisions[]` of the document: `{branch, revision, verdict, held, ways[], differences[], group[], notes[],
/// took_ms}`.
void show_cycled(Report& report, const CycledRevision& revision);

/// The closing line: how many of each verdict.
void show_cycle_summary(Report& report, const std::vector<CycledRevision>& revisions);

}  // namespace dbmigrate
