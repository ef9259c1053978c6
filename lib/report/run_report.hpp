// A run as it happens, and what came of it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "executor/executor.hpp"
#include "report/backfill_report.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// Tells every event: results on stdout, the rest on stderr; ndjson one event a line. Keeps `revisions[]` and
/// `notices[]` of the document up to date, so that a run that fails has told what it did.
class RunReport : public Observer {
 public:
  explicit RunReport(Report& report);
  ~RunReport() override;
  void on(const Event& event) override;

  [[nodiscard]] int finished() const { return finished_; }

 private:
  void tell(const Connected& event);
  void tell(const WaitingForRun& event);
  void tell(const RevisionStarted& event);
  void tell(const StepRecorded& event);
  void tell(const NoticeReceived& event);
  void tell(const Retrying& event);
  void tell(const WaitingForIndex& event);
  void tell(const IndexRecovered& event);
  void tell(const CommitResolved& event);
  void tell(const Reconnecting& event);
  void tell(const FailedOver& event);
  void tell(const RevisionLost& event);
  void tell(const RevisionAdopted& event);
  void tell(const UndoStarted& event);
  void tell(const RevisionFinished& event);
  void tell(const BackfillStarted& event);
  void tell(const BatchDone& event);
  void tell(const BackfillPaused& event);
  void tell(const BackfillResumed& event);
  void tell(const RowQuarantined& event);
  void tell(const BackfillFinished& event);

  Report& report_;
  int finished_ = 0;
  int notices_left_out_ = 0;
  std::unique_ptr<BackfillReport> backfill_;
};

/// What a run would do, in the words of its lines.
std::string_view state_after(Direction direction);

}  // namespace dbmigrate
