// The plan on the target itself, in one transaction that is rolled back.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "executor/worker.hpp"
#include "preview/preview.hpp"
#include "preview/silence.hpp"

namespace dbmigrate {

/// Why nothing runs there any more.
inline constexpr std::string_view kBehindFailure = "an earlier statement failed there";

/// Why a statement is not tried there although it may run in a transaction: what it does outside the database, or to
/// the server, is not rolled back. A clause; empty = it may be tried.
std::string why_not_there(std::string_view statement);

/// Takes the migration lock, so that no run comes in between, and the locks of the statements for as long as they
/// would be held; waits for none of them longer than lock_timeout. Rolled back with the object at the latest.
class TargetRehearsal {
 public:
  /// Connects, on connections of its own. Throws Error{read_only_server}, Error{busy} and what connecting throws.
  TargetRehearsal(const RunOptions& options, Clock& clock);
  ~TargetRehearsal();
  TargetRehearsal(const TargetRehearsal&) = delete;
  TargetRehearsal& operator=(const TargetRehearsal&) = delete;

  /// Fills in what becomes of each statement of `preview`, which has one for each of `revision`, in the same order.
  /// Behind a failure nothing runs any more. Throws when the server is lost or the run is interrupted.
  void run(const PreparedRevision& revision, RevisionPreview& preview);

  void roll_back();

 private:
  void begin(const PreparedRevision& revision);
  void run(const Unit& unit, std::vector<StatementPreview>& statements, std::size_t& next);
  void run(const Part& part, std::size_t statement, StatementPreview& preview);
  void check_deferred(RevisionPreview& preview);
  void fail(StatementPreview& preview, const ServerError& error);

  const RunOptions& options_;
  Silence silence_;
  Worker worker_;
  bool failed_ = false;
  bool left_out_ = false;
};

}  // namespace dbmigrate
