// Ask the target, rehearse on the clone, put both together.
// SPDX-License-Identifier: Apache-2.0
#include "preview/preview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include "catalog/snapshot.hpp"
#include "core/figures.hpp"
#include "executor/adopting.hpp"
#include "executor/data_loss.hpp"
#include "executor/requirements.hpp"
#include "executor/worker.hpp"
#include "preview/backfill_counts.hpp"
#include "preview/plan_judge.hpp"
#include "preview/target_rehearsal.hpp"
#include "rehearsal/golden_rows.hpp"
#include "trace/tracer.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {
namespace {

/// Takes away what an earlier run has done, and returns how many statements that were.
std::size_t drop_done(PreparedRevision& prepared) {
  const auto units = std::min(static_cast<std::size_t>(prepared.row->steps_done), prepared.units.size());
  const auto end = prepared.units.begin() + static_cast<std::ptrdiff_t>(units);
  std::size_t statements = 0;
  for (auto unit = prepared.units.begin(); unit != end; ++unit) {
    if (unit->kind != Unit::Kind::transaction) ++statements;
    for (const auto& part : unit->parts) statements += part.script.statements.size();
  }
  prepared.units.erase(prepared.units.begin(), end);
  return statements;
}

class Maker {
 public:
  Maker(const PreviewRequest& request, Session& session)
      : request_(request), session_(session), reader_(session, request.limit) {}

  Preview make() {
    prepare();
    if (request_.depth == Depth::text) {
      list_statements();
      read_text();
      measure_tables();
      judge();
      return std::move(preview_);
    }
    look_at_requirements();
    look_at_contracts();
    look_at_losses();
    rehearse();
    read_text();
    measure_tables();
    judge();
    try_golden_rows();
    look_at_backfills();
    if (request_.rehearsed == Rehearsed::on_target_too) rehearse_on_target();
    return std::move(preview_);
  }

 private:
  using Fate = RevisionPreview::Fate;

  void prepare() {
    for (const auto& step : request_.plan.steps) {
      const bool in_progress = step.row && step.row->state == RevisionState::in_progress;
      const bool down = request_.plan.direction == Direction::downgrade;
      const bool finishes = !down && in_progress && step.row->direction == Direction::downgrade;
      if (down || finishes) add(prepare_downgrade(step));
      if (down) continue;
      // An upgrade first ends a downgrade that was begun, and then begins anew.
      PlanStep up = step;
      if (finishes) up.row.reset();
      add(prepare_upgrade(up));
    }
  }

  void add(PreparedRevision&& revision) {
    auto& prepared = prepared_.emplace_back(std::move(revision));
    auto& told = preview_.revisions.emplace_back();
    told.id = prepared.id;
    told.direction = prepared.direction;
    if (prepared.row && prepared.row->state == RevisionState::in_progress) told.fate = Fate::resumes;
    const bool rowless = prepared.units.size() == 1 && prepared.units[0].kind == Unit::Kind::transaction &&
                         prepared.units[0].parts.empty();
    if (prepared.direction == Direction::downgrade && rowless) told.fate = Fate::is_forgotten;
    if (told.fate == Fate::resumes && prepared.row->steps_total == 0) {
      preview_.findings.push_back(
          {.rule = "part-way",
           .severity = Severity::error,
           .at = {},
           .message = fmt::format("revision {} stopped part-way, and nobody but you can tell what is done",
                                  prepared.id.text()),
           .hint = "Finish or undo it by hand, then settle its state with `dbmigrate repair`."});
    }
    try {
      if (adoption_of(session_, prepared, request_.target.version_schema)) told.fate = Fate::is_adopted;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::expectation_failed) throw;
      preview_.findings.push_back(finding_of("adopting", error.info()));
    }
  }

  static PreviewFinding finding_of(std::string rule, const ErrorInfo& info) {
    return {.rule = std::move(rule),
            .severity = Severity::error,
            .at = info.at.value_or(Location{}),
            .message = info.message,
            .hint = info.detail + (info.detail.empty() || info.hint.empty() ? "" : "\n") + info.hint};
  }

  void look_at_requirements() {
    try {
      require_before_run(session_, prepared_, request_.target);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::requirement_unmet) throw;
      preview_.findings.push_back(finding_of("requires", error.info()));
      return;
    }
    for (const auto& prepared : prepared_) {
      if (prepared.direction == Direction::downgrade || prepared.begun()) continue;
      for (const auto& unmet : unmet_requirements(session_, *prepared.migration, request_.target)) {
        preview_.checked_when_reached.push_back(fmt::format(
            "{} requires that {}, which is not so now{}", prepared.id.text(), requirement_text(*unmet.requirement),
            unmet.requirement->skip ? "; it is skipped where that stays" : ""));
      }
    }
  }

  void look_at_contracts() {
    const auto forecast = ContractOutlook(request_.graph, request_.contracts).of(request_.rows, request_.plan);
    if (!forecast.broken.empty()) {
      preview_.findings.push_back(finding_of("contract", contract_broken(forecast.broken)));
    }
    in_force_ = forecast.in_force;
    for (const auto& unknown : forecast.unknown) {
      preview_.not_rehearsed.push_back(
          fmt::format("what {} does to frozen relations: {}", unknown.id.text(), unknown.why));
    }
  }

  void look_at_losses() {
    if (request_.target.allow_data_loss) return;
    session_.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    std::string why;
    std::vector<DataLoss> losses;
    try {
      losses = data_losses(session_, prepared_);
      // What one question failed on, those behind it failed on too.
      if (session_.status() == TransactionStatus::failed) why = "a question about them failed";
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      why = error.info().message;
    }
    session_.run("ROLLBACK");
    if (!why.empty()) preview_.not_rehearsed.push_back("which rows would be lost: " + why);
    for (const auto& loss : losses) {
      preview_.findings.push_back({.rule = "data-loss",
                                   .severity = Severity::error,
                                   .at = {},
                                   .message = fmt::format("the downgrade of {} would lose {} ({})", loss.id.text(),
                                                          count_of(loss.rows, "row"), loss.what),
                                   .hint = "Save them first; --allow-data-loss goes on without."});
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
    // That a column moves up when one before it goes is no change of its own.
    for (auto& one : preview_.schema_changes) {
      std::erase_if(one.changes, [](const PropertyChange& change) { return change.property == "position"; });
    }
    std::erase_if(preview_.schema_changes,
                  [](const Difference& one) { return one.kind == Difference::Kind::changed && one.changes.empty(); });
  }

  void trace(PreparedRevision& prepared, RevisionPreview& revision) {
    const bool is_there = clone_->origin() == CloneOrigin::dump;
    if (revision.fate == Fate::is_forgotten || (revision.fate == Fate::is_adopted && is_there)) return;
    const bool resumes = revision.fate == Fate::resumes;
    if (resumes && is_there) drop_done(prepared);
    auto traced = tracer_->trace(prepared);
    // On a clone of revisions alone, what is adopted on the target has to be made first. It is not new there.
    if (revision.fate == Fate::is_adopted) return tracer_->make_old();
    const auto done = resumes && !is_there ? drop_done(prepared) : 0;
    for (auto i = done; i < traced.statements.size(); ++i) {
      revision.statements.push_back({std::move(traced.statements[i]), {}});
    }
  }

  /// The plan as it reads, where nothing could be run.
  void list_statements() {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      auto& revision = preview_.revisions[i];
      auto& statements = revision.statements;
      if (revision.fate == Fate::is_adopted) continue;
      if (revision.fate == Fate::resumes) drop_done(prepared_[i]);
      for (const auto& unit : prepared_[i].units) {
        if (unit.backfill != nullptr) statements.push_back({trace_of(*unit.backfill), {}});
        if (unit.part != nullptr) statements.push_back({trace_of(*unit.part, unit.statement), {}});
        for (const auto& part : unit.parts) {
          for (std::size_t k = 0; k < part.script.statements.size(); ++k) statements.push_back({trace_of(part, k), {}});
        }
      }
    }
  }

  void rehearse_on_target() {
    if (prepared_.empty()) return;
    TargetRehearsal rehearsal(request_.target, request_.clock);
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      if (preview_.revisions[i].fate != Fate::is_adopted) rehearsal.run(prepared_[i], preview_.revisions[i]);
    }
    rehearsal.roll_back();
    std::int64_t behind = 0;
    for (const auto& revision : preview_.revisions) {
      for (const auto& statement : revision.statements) {
        const auto& there = statement.on_target;
        if (!there || there->ran) continue;
        if (there->why_not == kBehindFailure) {
          ++behind;
          continue;
        }
        preview_.not_rehearsed.push_back(
            fmt::format("{} on the database itself: {}", statement.trace.at.text(), there->why_not));
      }
    }
    if (behind > 0) {
      preview_.not_rehearsed.push_back(
          fmt::format("{} on the database itself: {}", count_of(behind, "statement"), kBehindFailure));
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
        for (const auto& finding : statement.findings) {
          if (!finding.relation.empty()) tables.insert(finding.relation);
        }
        for (const auto* touched : {&trace.rewritten, &trace.copied, &trace.truncated, &trace.scanned}) {
          tables.insert(touched->begin(), touched->end());
        }
      }
    }
    preview_.tables = table_sizes(reader_, {tables.begin(), tables.end()});
    if (request_.depth == Depth::text) return;
    preview_.sessions = sessions_in_the_way(reader_, {locked.begin(), locked.end()});
  }

  void read_text() {
    if (!request_.findings_for) return;
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      auto& revision = preview_.revisions[i];
      const auto* migration = prepared_[i].migration;
      if (migration == nullptr || revision.direction == Direction::downgrade) continue;
      // One that is adopted is read as well: what it makes is known then.
      auto findings = request_.findings_for(*migration);
      if (revision.fate == Fate::is_adopted) continue;
      for (auto& finding : findings) attach(revision, std::move(finding));
    }
  }

  /// To the statement at its place.
  static void attach(RevisionPreview& revision, PreviewFinding finding) {
    StatementPreview* nearest = nullptr;
    for (auto& statement : revision.statements) {
      if (statement.trace.at.file == finding.at.file && statement.trace.at.line <= finding.at.line) {
        nearest = &statement;
      }
    }
    // Those of a resumed revision may be of what is done already.
    if (nearest == nullptr && revision.fate == Fate::resumes) return;
    if (nearest == nullptr && !revision.statements.empty()) nearest = &revision.statements.front();
    if (nearest != nullptr) nearest->findings.push_back(std::move(finding));
  }

  void judge() {
    PlanJudge judge(preview_, reader_);
    for (auto& revision : preview_.revisions) judge.judge(revision);
  }

  [[nodiscard]] bool runs_through() const {
    return std::none_of(preview_.revisions.begin(), preview_.revisions.end(), [](const RevisionPreview& revision) {
      return std::any_of(revision.statements.begin(), revision.statements.end(),
                         [](const StatementPreview& statement) { return statement.trace.error.has_value(); });
    });
  }

  /// Of the contracts that are in force behind the plan, on the clone, where nobody's rows are in between.
  void try_golden_rows() {
    for (const auto* contract : in_force_) {
      if (contract->golden.empty() || request_.plan.empty()) continue;
      if (!tracer_ || !runs_through()) {
        preview_.not_rehearsed.push_back(fmt::format("the golden rows of {}: {}", contract->text(),
                                                     tracer_ ? "the plan fails before them" : "there is no clone"));
        continue;
      }
      for (const auto& outcome : dbmigrate::try_golden_rows(tracer_->session(), *contract)) {
        if (outcome.problems.empty()) continue;
        std::string problems;
        for (const auto& line : outcome.problems) problems += (problems.empty() ? "" : "\n") + line;
        preview_.findings.push_back(
            {.rule = "golden-rows",
             .severity = Severity::error,
             .at = {.file = contract->file},
             .message = fmt::format("behind the plan \"{}\" of {} does not hold", outcome.name, contract->text()),
             .hint = std::move(problems)});
      }
    }
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
  std::vector<const Contract*> in_force_;  ///< behind the plan
};

}  // namespace

Preview make_preview(const PreviewRequest& request, Session& session) { return Maker(request, session).make(); }

}  // namespace dbmigrate
