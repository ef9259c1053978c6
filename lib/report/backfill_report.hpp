// A data migration as it happens: rows, rate, time left, and the summary.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backfill/progress.hpp"
#include "core/json_fwd.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// A live line on a terminal, a line every few seconds on a pipe, every batch with -v. The summary is a result and goes
/// to stdout; `backfills[]` of the document gets one entry for each.
class BackfillReport {
 public:
  explicit BackfillReport(Report& report) : report_(report) {}

  void tell(const BackfillStarted& event);
  void tell(const BatchDone& event);
  void tell(const BackfillPaused& event);
  void tell(const BackfillResumed& event);
  void tell(const RowQuarantined& event);
  void tell(const BackfillFinished& event);

 private:
  void tell_rows(const BatchDone& event);

  Report& report_;
  std::vector<std::string> columns_;
  int failures_told_ = 0;
};

/// `Migrated: … Failed: … Skipped: … Total: … Status: …`
std::vector<std::string> summary_lines(const BackfillRow& row, std::int64_t migrated_now);

/// What the document says of a backfill.
Json json_of(const BackfillRow& row);
Json json_of(const BackfillFailure& failure);

/// A table of backfills, and `backfills[]`.
void show_backfills(Report& report, const std::vector<BackfillRow>& rows,
                    const std::vector<std::vector<BackfillFailure>>& failures);

}  // namespace dbmigrate
