// What is worth saying of a rehearsed plan, statement by statement.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "preview/preview.hpp"
#include "preview/target_reader.hpp"
#include "preview/value_checks.hpp"

namespace dbmigrate {

/// Goes through a plan in its order and remembers what came before. `preview` has its tables and sessions.
class PlanJudge {
 public:
  PlanJudge(Preview& preview, TargetReader& reader);

  /// Findings that the statements have already are from who read the text.
  void judge(RevisionPreview& revision);

 private:
  void judge(StatementPreview& statement);
  void judge_failure(StatementPreview& statement);
  void judge_demand(const ValueDemand& demand, StatementPreview& statement);
  /// What was read off the text and what was measured, as one.
  void settle(StatementPreview& statement);
  void judge_session(const StandingBy& session, StatementPreview& statement);

  Preview& preview_;
  TargetReader& reader_;
  ValueChecks values_;
  std::map<std::string, std::string> written_;  ///< tables, and where the plan first writes rows of them
  std::set<std::pair<int, std::string>> warned_;
  bool failed_ = false;
};

}  // namespace dbmigrate
