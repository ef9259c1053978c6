// What happens during a run, as typed events.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backfill/progress.hpp"
#include "catalog/difference.hpp"
#include "core/revision_id.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/migration_lock.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// The first connection of a run is there.
struct Connected {
  ServerFacts server;
};
/// Another run holds the migration lock.
struct WaitingForRun {
  std::optional<Blocker> holder;
  Milliseconds waited{0};
  Milliseconds limit{0};
};
struct RevisionStarted {
  RevisionId id;
  Direction direction = Direction::upgrade;
  int steps_done = 0;   ///< of an earlier run
  int steps_total = 0;  ///< 0 = one transaction
};
/// A step of a journalled revision is done and recorded.
struct StepRecorded {
  RevisionId id;
  int done = 0;
  int total = 0;
};
struct NoticeReceived {
  std::optional<RevisionId> id;
  Notice notice;
};
/// A transaction gave way: locks on tables were not to be had, or the server asked to try again.
struct Retrying {
  std::optional<RevisionId> id;
  std::string reason;
  std::string sqlstate;
  int attempt = 0;
  Milliseconds pause{0};
  std::vector<Blocker> blockers;
};
/// An index of the same name is being built by another session.
struct WaitingForIndex {
  RevisionId id;
  std::string index;
};
/// A leftover of an interrupted build is dropped, or a finished one is recognised.
struct IndexRecovered {
  RevisionId id;
  std::string index;
  bool dropped = false;  ///< false: it was finished and valid
};
/// The answer to a COMMIT was lost; after reconnecting it is known what became of it.
struct CommitResolved {
  RevisionId id;
  bool committed = false;
};
/// The connection is gone and tried for again.
struct Reconnecting {
  std::string reason;
  int attempt = 0;
};
/// A standby was promoted: the connection is to another server, which may lack what the old one committed last.
struct FailedOver {
  ServerFacts server;
  int timeline_before = 0;
};
/// What this run had told as finished is not in the database that it goes on with.
struct RevisionLost {
  RevisionId id;
};
/// All that a revision makes was there before it.
struct RevisionAdopted {
  RevisionId id;
  std::vector<std::string> extensions;  ///< that were missing, and are created
  std::vector<Difference> tolerated;    ///< what is there otherwise, or beside it
};
/// A step said that its revision cannot be finished; its downgrade follows.
struct UndoStarted {
  RevisionId id;
  std::string reason;
};
struct RevisionFinished {
  RevisionId id;
  Direction direction = Direction::upgrade;
  std::string state;  ///< `applied`, `adopted`, `skipped` or `reverted`
  Milliseconds took{0};
};

using Event = std::variant<Connected, WaitingForRun, RevisionStarted, StepRecorded, NoticeReceived, Retrying,
                           WaitingForIndex, IndexRecovered, CommitResolved, Reconnecting, FailedOver, RevisionLost,
                           RevisionAdopted, UndoStarted, RevisionFinished, BackfillStarted, BatchDone, BackfillPaused,
                           BackfillResumed, RowQuarantined, BackfillFinished>;

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace dbmigrate
