// From what was seen before and after a statement to what the statement did.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "trace/observation.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate {

/// Everything that one run of a statement left to be read.
struct Evidence {
  Observation before;
  Observation after;
  std::vector<ObservedLock> locks;  ///< that it took
  std::vector<Notice> notices;      ///< DEBUG1 and above, in order
  std::set<Oid> old;                ///< relations that were there before the plan
};

/// Fills in locks, files, scans, indexes, constraints and what the server said. `trace` has its command.
void read_evidence(const Evidence& evidence, StatementTrace& trace);

/// Locks on old relations, the strongest mode of each, the strongest first, tables before their indexes.
std::vector<RelationLock> locks_on(const std::vector<ObservedLock>& locks, const Observation& names,
                                   const std::set<Oid>& old);

/// Commands that cannot run in a transaction finish in phases too short to be seen from outside. What the last phases
/// of those lock is known, and follows from what they left behind: measured on PostgreSQL 15, and written in
/// commands/indexcmds.c, commands/tablecmds.c and commands/cluster.c.
std::vector<ObservedLock> locks_of_last_phases(const std::string& command, const Observation& before,
                                               const Observation& after);

}  // namespace dbmigrate
