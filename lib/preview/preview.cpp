// Ask the target, rehearse on the clone, put both together.
// SPDX-License-Identifier: Apache-2.0
#include "preview/preview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "catalog/snapshot.hpp"
#include "executor/adopting.hpp"
#include "executor/requirements.hpp"
#include "executor/worker.hpp"
#include "preview/backfill_counts.hpp"
#include "preview/judgement.hpp"
#include "trace/tracer.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {
namespace {

int rank_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return 0;
    case Severity::warning:
      return 1;
    case Severity::info:
      break;
  }
  return 2;
}

class Maker {
 public:
  Maker(const PreviewRequest& request, Session& session)
      : request_(request), session_(session), reader_(session, request.limit) {}

  Preview make() {
    prepare();
    look_at_requirements();
    look_at_contracts();
    rehearse();
    measure_tables();
    judge();
    look_at_backfills();
    return std::move(preview_);
  }

 private:
  using Fate = RevisionPreview::Fate;

  void prepare() {
    for (const auto& step : request_.plan.steps) {
      auto& prepared = prepared_.emplace_back(prepare_upgrade(step));
      auto& revision = preview_.revisions.emplace_back();
      revision.id = step.id;
      if (step.row && step.row->state == RevisionState::in_progress) revision.fate = Fate::resumes;
      try {
        if (adoption_of(session_, prepared, request_.target.version_schema)) revision.fate = Fate::is_adopted;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::expectation_failed) throw;
        preview_.findings.push_back(finding_of("adopting", error.info()));
      }
    }
  }

  static PreviewFinding finding_of(std::string rule, const ErrorInfo& info) {
    return {.rule = std::move(rule),
            .severity = Severity::error,
            .at = info.at.value_or(Location{}),
            .message = info.message,
            .hint = info.detail + (info.detail.empty() || info.hint.empty() ? "" : " ") + info.hint};
  }

  void look_at_requirements() {
    try {
      require_before_run(session_, prepared_, request_.target);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::requirement_unmet) throw;
      preview_.findings.push_back(finding_of("requires", error.info()));
      return;
    }
    for (const auto& step : request_.plan.steps) {
      for (const auto& unmet : unmet_requirements(session_, *step.migration, request_.target)) {
        preview_.checked_when_reached.push_back(
            fmt::format("{} requires that {}", step.id.text(), requirement_text(*unmet.requirement)));
      }
    }
  }

  void look_at_contracts() {
    const auto forecast = ContractOutlook(request_.graph, request_.contracts).of(request_.rows, request_.plan);
    if (!forecast.broken.empty()) {
      preview_.findings.push_back(finding_of("contract", contract_broken(forecast.broken)));
    }
    for (const auto& unknown : forecast.unknown) {
      preview_.not_rehearsed.push_back(
          fmt::format("what {} does to frozen relations: {}", unknown.id.text(), unknown.why));
    }
  }

  std::unique_ptr<Clone> clone() {
    if (request_.clone == CloneMode::off || request_.plan.empty()) return nullptr;
    const CloneRequest wanted{.target = request_.target,
                              .graph = request_.graph,
                              .rows = request_.rows,
                              .server_bin = request_.server_bin,
                              .clock = request_.clock};
    try {
      return std::make_unique<Clone>(wanted, reader_);
    } catch (const Error& error) {
      const bool ended = error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated;
      if (ended || request_.clone == CloneMode::required) throw;
      preview_.not_rehearsed.push_back(
          fmt::format("anything, since no clone can be made here: {}", error.info().message));
      return nullptr;
    }
  }

  void rehearse() {
    clone_ = clone();
    if (!clone_) {
      if (request_.clone == CloneMode::off) preview_.not_rehearsed.emplace_back("anything, as --clone off says");
      return list_statements();
    }
    preview_.clone = clone_->origin();
    preview_.clone_major = clone_->server_major();
    preview_.not_rehearsed.insert(preview_.not_rehearsed.end(), clone_->gaps().begin(), clone_->gaps().end());
    const TraceOptions options{.version_schema = request_.target.version_schema,
                               .settings = settings_that_matter(reader_),
                               .agreed = agreed_settings(request_.target)};
    tracer_ = std::make_unique<Tracer>(clone_->as_written(), clone_->after_each(), options);
    const auto before = read_snapshot(tracer_->session(), request_.target.version_schema);
    for (std::size_t i = 0; i < prepared_.size(); ++i) trace(prepared_[i], preview_.revisions[i]);
    const auto after = read_snapshot(tracer_->session(), request_.target.version_schema);
    preview_.schema_changes = compare(before.objects, after.objects);
  }

  void trace(PreparedRevision& prepared, RevisionPreview& revision) {
    const bool is_there = clone_->origin() == CloneOrigin::dump;
    if (revision.fate == Fate::is_adopted && is_there) return;
    if (revision.fate == Fate::resumes && is_there) {
      const auto done = std::min(static_cast<std::size_t>(prepared.row->steps_done), prepared.units.size());
      prepared.units.erase(prepared.units.begin(), prepared.units.begin() + static_cast<std::ptrdiff_t>(done));
    }
    auto traced = tracer_->trace(prepared);
    // On a clone of revisions alone, what is adopted on the target has to be made first.
    if (revision.fate == Fate::is_adopted) return;
    for (auto& statement : traced.statements) revision.statements.push_back({std::move(statement), {}});
  }

  /// The plan as it reads, where nothing could be run.
  void list_statements() {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      for (const auto& unit : prepared_[i].units) {
        auto& statements = preview_.revisions[i].statements;
        if (unit.part != nullptr) statements.push_back({trace_of(*unit.part, unit.statement), {}});
        for (const auto& part : unit.parts) {
          for (std::size_t k = 0; k < part.script.statements.size(); ++k) statements.push_back({trace_of(part, k), {}});
        }
      }
    }
  }

  void measure_tables() {
    std::set<std::string> tables;
    std::set<std::string> locked;
    for (const auto& revision : preview_.revisions) {
      for (const auto& statement : revision.statements) {
        const auto& trace = statement.trace;
        for (const auto& lock : trace.locks) {
          if (lock.mode >= TableLockMode::share_update_exclusive) tables.insert(lock.table);
          if (blocks_work(lock.mode)) locked.insert(lock.table);
        }
        for (const auto* touched : {&trace.rewritten, &trace.copied, &trace.truncated, &trace.scanned}) {
          tables.insert(touched->begin(), touched->end());
        }
      }
    }
    preview_.tables = table_sizes(reader_, {tables.begin(), tables.end()});
    preview_.sessions = sessions_in_the_way(reader_, {locked.begin(), locked.end()});
  }

  void judge() {
    ValueChecks values(reader_);
    for (std::size_t i = 0; i < preview_.revisions.size(); ++i) {
      auto& revision = preview_.revisions[i];
      for (auto& statement : revision.statements) judge(statement, values);
      if (request_.findings_for) {
        for (auto& finding : request_.findings_for(*request_.plan.steps[i].migration)) attach(revision, finding);
      }
    }
  }

  void judge(StatementPreview& statement, ValueChecks& values) {
    const auto& trace = statement.trace;
    if (trace.error) return judge_failure(statement);
    statement.findings = work_findings(trace, preview_.tables);
    for (const auto& demand : trace.demands) judge_demand(demand, statement, values);
    for (const auto& session : preview_.sessions) judge_session(session, statement);
    preview_.disk_needed += disk_needed(trace, preview_.tables);
    for (const auto& lock : trace.locks) {
      if (lock.mode == TableLockMode::row_exclusive) written_.emplace(lock.relation, trace.at.text());
    }
  }

  void judge_failure(StatementPreview& statement) {
    const auto& trace = statement.trace;
    const bool newer_grammar = trace.error->sqlstate == "42601" && preview_.clone_major < session_.server().major();
    if (newer_grammar || may_be_the_clone(*trace.error, preview_.clone)) {
      preview_.not_rehearsed.push_back(fmt::format("{}: {}", trace.at.text(), trace.error->message));
      return;
    }
    auto finding = failure_finding(trace);
    if (failed_) {
      finding.severity = Severity::info;
      finding.hint = "Perhaps because of the failure before it.";
    }
    failed_ = true;
    statement.findings.push_back(std::move(finding));
  }

  void judge_demand(const ValueDemand& demand, StatementPreview& statement, ValueChecks& values) {
    const auto answer = values.check(demand);
    if (answer.outcome == ValueCheck::Outcome::unknown) {
      preview_.not_rehearsed.push_back(
          fmt::format("{}: whether the rows of {} allow it: {}", statement.trace.at.text(), demand.table, answer.why));
    }
    if (answer.outcome != ValueCheck::Outcome::fails) return;
    PreviewFinding finding{.rule = "rows-refused",
                           .severity = Severity::error,
                           .at = statement.trace.at,
                           .message = refused_rows_text(demand, answer.rows),
                           .hint = fmt::format("To list them, begin with: {}.", refused_rows_sql(demand))};
    const auto written = written_.find(demand.table);
    if (written != written_.end()) {
      finding.severity = Severity::warning;
      finding.message += fmt::format(", unless {} mends that first", written->second);
    }
    statement.findings.push_back(std::move(finding));
  }

  void judge_session(const StandingBy& session, StatementPreview& statement) {
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

  static void attach(RevisionPreview& revision, PreviewFinding finding) {
    StatementPreview* nearest = nullptr;
    for (auto& statement : revision.statements) {
      if (statement.trace.at.file == finding.at.file && statement.trace.at.line <= finding.at.line) {
        nearest = &statement;
      }
    }
    if (nearest == nullptr && !revision.statements.empty()) nearest = &revision.statements.front();
    if (nearest != nullptr) nearest->findings.push_back(std::move(finding));
  }

  void look_at_backfills() {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      if (preview_.revisions[i].fate == Fate::is_adopted) continue;
      for (const auto& unit : prepared_[i].units) {
        if (unit.backfill == nullptr) continue;
        preview_.revisions[i].backfills.push_back(
            outlook_of(*unit.backfill, reader_, tracer_ ? &tracer_->session() : nullptr));
      }
    }
  }

  const PreviewRequest& request_;
  Session& session_;
  TargetReader reader_;
  Preview preview_;
  std::vector<PreparedRevision> prepared_;
  std::unique_ptr<Clone> clone_;
  std::unique_ptr<Tracer> tracer_;
  std::map<std::string, std::string> written_;  ///< tables, and where the plan first writes rows of them
  std::set<std::pair<int, std::string>> warned_;
  bool failed_ = false;
};

}  // namespace

std::vector<const PreviewFinding*> Preview::worst_first() const {
  std::vector<const PreviewFinding*> all;
  for (const auto& finding : findings) all.push_back(&finding);
  for (const auto& revision : revisions) {
    for (const auto& statement : revision.statements) {
      for (const auto& finding : statement.findings) all.push_back(&finding);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const auto* left, const auto* right) {
    return rank_of(left->severity) < rank_of(right->severity);
  });
  return all;
}

std::optional<Severity> Preview::worst() const {
  const auto all = worst_first();
  if (all.empty()) return std::nullopt;
  return all.front()->severity;
}

Preview make_preview(const PreviewRequest& request, Session& session) { return Maker(request, session).make(); }

}  // namespace dbmigrate
