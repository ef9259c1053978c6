// Rows that a downgrade would destroy and the upgrade did not write.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/prepared_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// One count that is not zero.
struct DataLoss {
  RevisionId id;
  std::string what;  ///< `table documents`, `column documents.source`, or the author's reason
  std::int64_t rows = 0;
};

/// Counts, in the order of `plan`: the author's `loses` where there are some; else all rows of tables that the upgrade
/// made, and rows whose added column is not its default. What is gone already loses nothing.
std::vector<DataLoss> data_losses(Session& session, const std::vector<PreparedRevision>& plan);

/// Within the transaction of one downgrade: locks the tables that it will drop anyway, so that no row slips in between
/// the count and the drop, and throws Error{data_loss} when there is one.
void require_no_loss(Session& session, const PreparedRevision& revision);

/// Throws Error{data_loss} that lists them with tables and counts.
[[noreturn]] void throw_data_loss(const std::vector<DataLoss>& losses);

}  // namespace dbmigrate
