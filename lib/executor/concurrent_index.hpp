// CREATE and DROP INDEX CONCURRENTLY so that a re-run converges: probe, act, verify.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "executor/worker.hpp"

namespace dbmigrate {

/// Whether an interrupted run may have come this far already.
enum class Resumed { no, yes };

/// Waits for a build of the same index that is under way, drops an INVALID leftover, builds with `statement` and checks
/// that the index is valid. On resuming, one that is finished and valid is taken as done. Throws ServerError.
void build_index(Worker& worker, const RevisionId& id, const sql::ConcurrentIndex& index, std::string_view statement,
                 Resumed resumed);

/// Drops with `statement`; on resuming, indexes that are gone are taken as done.
void drop_indexes(Worker& worker, const std::vector<sql::ObjectName>& indexes, std::string_view statement,
                  Resumed resumed);

}  // namespace dbmigrate
