// The `checks` of revisions, asked of a database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/duration.hpp"
#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

struct CheckResult {
  enum class Outcome {
    holds,
    violated,
    failed,  ///< the server refused the query
  };
  RevisionId id;
  std::string name;
  Severity severity = Severity::error;
  Outcome outcome = Outcome::holds;
  std::string says;  ///< what was found: a count, the value that the query gives, or the server's words

  /// True for what makes a validation fail.
  [[nodiscard]] bool is_fatal() const { return outcome != Outcome::holds && severity == Severity::error; }
};

std::string_view name_of(CheckResult::Outcome outcome);

/// What checks may ask the configuration for.
struct CheckSettings {
  Milliseconds recent_writes_after{0};  ///< as the setting dbmigrate.recent_writes_after, an interval
};

/// Every check of the revisions of `branches` that are in effect, in the order in which they ran. Each is a read-only
/// transaction of its own, or a savepoint in the one that is open, so that none spoils the next.
std::vector<CheckResult> run_checks(Session& session, const RevisionGraph& graph,
                                    const std::vector<AppliedRevision>& rows, const std::vector<std::string>& branches,
                                    const CheckSettings& settings);

struct RecordCount {
  std::string table;  ///< as SQL writes it
  std::string rows;   ///< a number, or why there is none
};

/// Exact counts, one statement a table.
std::vector<RecordCount> count_records(Session& session, const std::vector<std::string>& tables);

}  // namespace dbmigrate
