// What a plan locks, rewrites and scans: two passes over throwaway databases, read together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "trace/trace_pass.hpp"

namespace dbmigrate {

/// Revisions are traced in the order in which they would run; each goes on where the one before it ended.
class Tracer {
 public:
  /// Two databases with the same schema: that of the target before the plan.
  Tracer(std::string url_as_written, std::string url_after_each, const TraceOptions& options);

  RevisionTrace trace(const PreparedRevision& revision);

  /// What was made so far counts as there before the plan.
  void make_old() {
    as_written_.make_old();
    after_each_.make_old();
  }

  /// Of the database on which revisions ran as they are written.
  [[nodiscard]] Session& session() { return as_written_.session(); }

 private:
  TracePass as_written_;
  TracePass after_each_;
};

/// Needs from the one, what is held and the errors from the other. A statement that fails by itself alone, since it
/// rests on its transaction, is told as its transaction has it.
std::vector<StatementTrace> merged(std::vector<StatementTrace> as_written, std::vector<StatementTrace> after_each);

}  // namespace dbmigrate
