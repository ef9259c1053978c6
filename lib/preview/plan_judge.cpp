// Facts from the clone, values and sessions from the target.
// SPDX-License-Identifier: Apache-2.0
#include "preview/plan_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "preview/judgement.hpp"

namespace dbmigrate {

PlanJudge::PlanJudge(Preview& preview, TargetReader& reader) : preview_(preview), reader_(reader), values_(reader) {}

void PlanJudge::judge(RevisionPreview& revision) {
  for (auto& statement : revision.statements) {
    judge(statement);
    settle(statement);
  }
}

void PlanJudge::judge(StatementPreview& statement) {
  const auto& trace = statement.trace;
  if (trace.error) return judge_failure(statement);
  for (auto& finding : work_findings(trace, preview_.tables)) statement.findings.push_back(std::move(finding));
  for (const auto& demand : trace.demands) judge_demand(demand, statement);
  for (const auto& session : preview_.sessions) judge_session(session, statement);
  preview_.disk_needed += disk_needed(trace, preview_.tables);
  for (const auto& lock : trace.locks) {
    if (lock.mode == TableLockMode::row_exclusive) written_.emplace(lock.relation, trace.at.text());
  }
}

void PlanJudge::judge_failure(StatementPreview& statement) {
  const auto& trace = statement.trace;
  const bool newer_grammar = trace.error->sqlstate == "42601" && preview_.clone_major < reader_.server().major();
  if (newer_grammar || may_be_the_clone(*trace.error, preview_.clone)) {
    preview_.not_rehearsed.push_back(fmt::format("{}: {}", trace.at.text(), trace.error->message));
    return;
  }
  auto finding = failure_finding(trace);
  if (may_want_rows(trace)) {
    finding.severity = Severity::warning;
    finding.message = "on a clone without rows " + finding.message;
    finding.hint = "With the rows of the database it may well run; `dry-run --rehearse` tells.";
    statement.findings.push_back(std::move(finding));
    return;
  }
  if (failed_) {
    finding.severity = Severity::info;
    finding.hint = "Perhaps because of the failure before it.";
  }
  failed_ = true;
  statement.findings.push_back(std::move(finding));
}

void PlanJudge::judge_demand(const ValueDemand& demand, StatementPreview& statement) {
  const auto answer = values_.check(demand);
  if (answer.outcome == ValueCheck::Outcome::unknown) {
    preview_.not_rehearsed.push_back(
        fmt::format("{}: whether the rows of {} allow it: {}", statement.trace.at.text(), demand.table, answer.why));
  }
  const auto written = written_.find(demand.table);
  const auto& trace = statement.trace;
  const bool looks = std::any_of(trace.scanned.begin(), trace.scanned.end(),
                                 [&](const std::string& table) { return table == demand.table; });
  // Nobody looks at the rows where a column is added that is NULL in all of them.
  if (answer.outcome == ValueCheck::Outcome::when_reached && !looks) return;
  if (answer.outcome == ValueCheck::Outcome::when_reached) {
    preview_.checked_when_reached.push_back(fmt::format("{}: {}, which depends on what the plan does before it",
                                                        statement.trace.at.text(), demanded_text(demand)));
  } else if (answer.outcome == ValueCheck::Outcome::holds && written != written_.end()) {
    preview_.checked_when_reached.push_back(fmt::format("{}: {}, which is so now; {} writes rows before it",
                                                        statement.trace.at.text(), demanded_text(demand),
                                                        written->second));
  }
  if (answer.outcome != ValueCheck::Outcome::fails) return;
  PreviewFinding finding{.rule = "rows-refused",
                         .severity = Severity::error,
                         .at = statement.trace.at,
                         .message = refused_rows_text(demand, answer.rows),
                         .hint = fmt::format("They are counted by\n{}", refused_rows_sql(demand))};
  if (written != written_.end()) {
    finding.severity = Severity::warning;
    finding.message += fmt::format(", unless {} mends that first", written->second);
  }
  statement.findings.push_back(std::move(finding));
}

void PlanJudge::judge_session(const StandingBy& session, StatementPreview& statement) {
  for (const auto& lock : statement.trace.locks) {
    if (lock.mode != TableLockMode::access_exclusive && !blocks_work(lock.mode)) continue;
    const bool holds = std::any_of(session.relations.begin(), session.relations.end(), [&](const auto& relation) {
      return relation.starts_with(lock.table.substr(lock.table.find('.') + 1) + " ") ||
             relation.starts_with(lock.table + " ");
    });
    if (!holds || !warned_.insert({session.who.pid, lock.table}).second) continue;
    statement.findings.push_back(
        {.rule = "in-the-way",
         .severity = Severity::warning,
         .at = statement.trace.at,
         .message = fmt::format("would wait for {}: {}", lock.table, session.who.text()),
         .hint = "Let that transaction end first; a run gives up after lock_timeout and tries again."});
  }
}

void PlanJudge::settle(StatementPreview& statement) {
  auto& findings = statement.findings;
  if (statement.trace.ran) {
    std::erase_if(findings, [](const PreviewFinding& finding) { return finding.rule == "unparsed-statement"; });
    for (auto& finding : findings) {
      if (finding.rule != "opaque-dynamic-sql") continue;
      finding.severity = Severity::info;
      finding.message += "; it ran on the clone, which has no rows to go by";
    }
  }
  for (auto& finding : findings) {
    if (!is_about_work(finding.rule)) continue;
    finding.severity = no_worse_than_size(finding, preview_.tables);
    finding.message += size_text(finding.relation, preview_.tables).substr(finding.relation.size());
  }
  const auto measured_too = [&](const PreviewFinding& one) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const PreviewFinding& other) { return says_the_same(one.rule, other.rule); });
  };
  // Their rules are those that a file may let pass, and have a page.
  std::vector<PreviewFinding> kept;
  for (const auto& finding : findings) {
    if (!measured_too(finding)) kept.push_back(finding);
  }
  findings = std::move(kept);
}

}  // namespace dbmigrate
