// Lines, progress and JSON events of a run.
// SPDX-License-Identifier: Apache-2.0
#include "report/run_report.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "core/json.hpp"
#include "report/paint.hpp"

namespace dbmigrate {
namespace {

/// A loop in a migration may tell something for each row; the document is held in memory until the run ends.
constexpr std::size_t kMostNotices = 1'000;

Json json_of(const RevisionId& id) { return {{"branch", id.branch}, {"revision", id.name}}; }

Json json_of(const std::vector<Blocker>& blockers) {
  Json list = Json::array();
  for (const auto& blocker : blockers) {
    list.push_back({{"pid", blocker.pid},
                    {"user", blocker.user},
                    {"host", blocker.host},
                    {"application", blocker.application},
                    {"state", blocker.state},
                    {"age_ms", blocker.age.count()},
                    {"query", blocker.query}});
  }
  return list;
}

std::string_view doing(Direction direction) { return direction == Direction::upgrade ? "applying" : "reverting"; }

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

}  // namespace

std::string_view state_after(Direction direction) { return direction == Direction::upgrade ? "applied" : "reverted"; }

RunReport::RunReport(Report& report) : report_(report), backfill_(std::make_unique<BackfillReport>(report)) {
  report_.result()["revisions"] = Json::array();
  report_.result()["notices"] = Json::array();
}

RunReport::~RunReport() = default;

void RunReport::on(const Event& event) {
  std::visit([this](const auto& one) { tell(one); }, event);
}

void RunReport::tell(const Connected&) {}  // announced when the command opened its first connection

void RunReport::tell(const WaitingForRun& event) {
  report_.note(fmt::format("waiting for another run to end ({} of {}){}", duration_for_people(event.waited),
                           duration_for_people(event.limit), event.holder ? ": " + event.holder->text() : ""));
  Json holder = event.holder ? json_of(std::vector{*event.holder})[0] : Json(nullptr);
  report_.event("waiting_for_run", {{"waited_ms", event.waited.count()}, {"holder", std::move(holder)}});
}

void RunReport::tell(const RevisionStarted& event) {
  if (event.steps_done > 0) {
    report_.note(
        fmt::format("going on with {} at step {} of {}", event.id.text(), event.steps_done + 1, event.steps_total));
  }
  report_.console().progress(fmt::format("{} {} …", doing(event.direction), event.id.text()));
  auto fields = json_of(event.id);
  fields["direction"] = name_of(event.direction);
  fields["steps_done"] = event.steps_done;
  fields["steps_total"] = event.steps_total;
  report_.event("revision_started", std::move(fields));
}

void RunReport::tell(const StepRecorded& event) {
  report_.detail(fmt::format("step {} of {} of {} is done and recorded", event.done, event.total, event.id.text()));
  report_.console().progress(fmt::format("{}: step {} of {} …", event.id.text(), event.done, event.total));
  auto fields = json_of(event.id);
  fields["done"] = event.done;
  fields["total"] = event.total;
  report_.event("step_recorded", std::move(fields));
}

void RunReport::tell(const NoticeReceived& event) {
  const auto& notice = event.notice;
  report_.note(fmt::format("{}{}: {}", lower(notice.severity), event.id ? " " + event.id->text() : "", notice.message));
  if (!notice.detail.empty()) report_.note("  " + notice.detail);
  if (!notice.hint.empty()) report_.note("  hint: " + notice.hint);
  Json json = event.id ? json_of(*event.id) : Json{{"branch", nullptr}, {"revision", nullptr}};
  json["severity"] = notice.severity;
  json["sqlstate"] = notice.sqlstate;
  json["message"] = notice.message;
  json["detail"] = notice.detail.empty() ? Json(nullptr) : Json(notice.detail);
  json["hint"] = notice.hint.empty() ? Json(nullptr) : Json(notice.hint);
  report_.event("notice", json);
  auto& notices = report_.result()["notices"];
  if (notices.size() < kMostNotices) {
    notices.push_back(std::move(json));
  } else {
    report_.result()["notices_left_out"] = ++notices_left_out_;
  }
}

void RunReport::tell(const Retrying& event) {
  report_.note(fmt::format("{}: {} (attempt {}, next in {})", event.id ? event.id->text() : "trying again",
                           event.reason, event.attempt, duration_for_people(event.pause)));
  for (const auto& blocker : event.blockers) report_.note("  in the way: " + blocker.text());
  Json fields = event.id ? json_of(*event.id) : Json::object();
  fields["sqlstate"] = event.sqlstate;
  fields["reason"] = event.reason;
  fields["attempt"] = event.attempt;
  fields["pause_ms"] = event.pause.count();
  fields["blockers"] = json_of(event.blockers);
  report_.event("retrying", std::move(fields));
}

void RunReport::tell(const WaitingForIndex& event) {
  report_.note(fmt::format("{}: waiting for a build of {} that is under way", event.id.text(), event.index));
  auto fields = json_of(event.id);
  fields["index"] = event.index;
  report_.event("waiting_for_index", std::move(fields));
}

void RunReport::tell(const IndexRecovered& event) {
  report_.note(
      event.dropped
          ? fmt::format("{}: dropped {}, an invalid leftover of an interrupted build", event.id.text(), event.index)
          : fmt::format("{}: {} was finished by an interrupted run and is valid", event.id.text(), event.index));
  auto fields = json_of(event.id);
  fields["index"] = event.index;
  fields["dropped"] = event.dropped;
  report_.event("index_recovered", std::move(fields));
}

void RunReport::tell(const CommitResolved& event) {
  report_.note(fmt::format("the answer to COMMIT was lost: {} was {}", event.id.text(),
                           event.committed ? "committed" : "not committed"));
  auto fields = json_of(event.id);
  fields["committed"] = event.committed;
  report_.event("commit_resolved", std::move(fields));
}

void RunReport::tell(const UndoStarted& event) {
  report_.note(fmt::format("{} cannot be finished and is taken back: {}", event.id.text(), event.reason));
}

void RunReport::tell(const Reconnecting& event) {
  report_.note(fmt::format("{}; connecting again (attempt {})", event.reason, event.attempt));
  report_.event("reconnecting", {{"reason", event.reason}, {"attempt", event.attempt}});
}

void RunReport::tell(const FailedOver& event) {
  const auto& server = event.server;
  report_.note(fmt::format("a standby has taken over: going on at {}:{}, timeline {} after {}", server.host,
                           server.port, server.timeline, event.timeline_before));
  report_.event("failed_over", {{"host", server.host},
                                {"port", server.port},
                                {"timeline", server.timeline},
                                {"timeline_before", event.timeline_before}});
}

void RunReport::tell(const RevisionLost& event) {
  report_.note(fmt::format("{} was lost with the old primary and runs again", event.id.text()));
  report_.event("revision_lost", json_of(event.id));
  auto& revisions = report_.result()["revisions"];
  for (auto i = revisions.size(); i-- > 0;) {
    if (revisions[i]["branch"] != event.id.branch || revisions[i]["revision"] != event.id.name) continue;
    revisions.erase(i);
    --finished_;
    return;
  }
}

void RunReport::tell(const RevisionAdopted& event) {
  for (const auto& name : event.extensions) {
    report_.note(fmt::format("{}: creating the missing extension {}", event.id.text(), name));
  }
  Json differences = Json::array();
  if (!event.tolerated.empty()) {
    report_.note(fmt::format("{} is there already, with more or other than it needs:", event.id.text()));
    report_.note(review_text(event.tolerated));
  }
  for (const auto& one : event.tolerated) differences.push_back(review_text(one));
  auto fields = json_of(event.id);
  fields["extensions"] = event.extensions;
  fields["differences"] = std::move(differences);
  report_.event("revision_adopted", std::move(fields));
}

void RunReport::tell(const BackfillStarted& event) { backfill_->tell(event); }
void RunReport::tell(const BatchDone& event) { backfill_->tell(event); }
void RunReport::tell(const BackfillPaused& event) { backfill_->tell(event); }
void RunReport::tell(const BackfillResumed& event) { backfill_->tell(event); }
void RunReport::tell(const RowQuarantined& event) { backfill_->tell(event); }
void RunReport::tell(const BackfillFinished& event) { backfill_->tell(event); }

void RunReport::tell(const RevisionFinished& event) {
  report_.console().progress("");
  ++finished_;
  const bool skipped = event.state == "skipped";
  report_.line(fmt::format("{} {}{}", report_.paint()(skipped ? Tone::warning : Tone::good, event.state),
                           event.id.text(), skipped ? "" : " in " + duration_for_people(event.took)));
  auto json = json_of(event.id);
  json["state"] = event.state;
  json["took_ms"] = event.took.count();
  report_.event("revision_finished", json);
  report_.result()["revisions"].push_back(std::move(json));
}

}  // namespace dbmigrate
