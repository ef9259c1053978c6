// First as written, which is the truth about errors; then each statement for itself.
// SPDX-License-Identifier: Apache-2.0
#include "trace/tracer.hpp"

#include <cstddef>
#include <utility>

namespace dbmigrate {

Tracer::Tracer(std::string url_as_written, std::string url_after_each, const TraceOptions& options)
    : as_written_(std::move(url_as_written), Commits::as_written, options),
      after_each_(std::move(url_after_each), Commits::after_each_statement, options) {}

RevisionTrace Tracer::trace(const PreparedRevision& revision) {
  auto as_written = as_written_.run(revision);
  return {revision.id, merged(std::move(as_written), after_each_.run(revision))};
}

std::vector<StatementTrace> merged(std::vector<StatementTrace> as_written, std::vector<StatementTrace> after_each) {
  std::vector<StatementTrace> result;
  for (std::size_t i = 0; i < as_written.size(); ++i) {
    auto& whole = as_written[i];
    auto& alone = after_each.at(i);
    auto& trace = result.emplace_back(alone.error ? whole : std::move(alone));
    trace.held = whole.held;
    trace.error = whole.error;
    trace.ran = whole.ran;
  }
  return result;
}

}  // namespace dbmigrate
