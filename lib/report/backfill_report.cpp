// Words for data migrations.
// SPDX-License-Identifier: Apache-2.0
#include "report/backfill_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/figures.hpp"
#include "core/json.hpp"

namespace dbmigrate {
namespace {

constexpr int kFailuresTold = 20;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json event_of(const BackfillId& id) {
  return {{"branch", id.revision.branch},
          {"revision", id.revision.name},
          {"direction", name_of(id.direction)},
          {"name", id.name}};
}

std::string skipped_text(const BackfillRow& row) {
  std::string reasons;
  for (const auto& [reason, count] : row.skipped) {
    if (count > 0) reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
  }
  return fmt::format("{}{}", row.skipped_total(), reasons.empty() ? "" : fmt::format(" ({})", reasons));
}

std::string speed_text(const BatchDone& event) {
  std::string text = fmt::format("{:.0f} rows/s", event.rate);
  if (event.eta && event.found < event.total) text += fmt::format(", about {} left", duration_for_people(*event.eta));
  return text;
}

std::string_view state_of(const BackfillRow& row) {
  if (row.done) return "done";
  return row.paused_by.empty() ? "in_progress" : "paused";
}

std::string state_for_people(const BackfillRow& row) {
  std::string state(state_of(row));
  std::replace(state.begin(), state.end(), '_', ' ');
  return state;
}

}  // namespace

void BackfillReport::tell(const BackfillStarted& event) {
  columns_ = event.key;
  failures_told_ = 0;
  report_.note(fmt::format("Backfill {} of {}", event.id.name, event.id.revision.text()));
  report_.note("Mode: LIVE (changes applied)");
  if (event.found > 0 && event.pass == 1) {
    report_.note(fmt::format("Going on behind {} of {} {}", event.found, event.total, event.id.name));
  } else if (event.pass == 1) {
    report_.note(
        fmt::format("Found {}{} {} to migrate", event.total_is_exact ? "" : "about ", event.total, event.id.name));
  }
  auto fields = event_of(event.id);
  fields["total"] = event.total;
  fields["total_is_exact"] = event.total_is_exact;
  fields["found"] = event.found;
  report_.event("backfill_started", std::move(fields));
}

void BackfillReport::tell(const BatchDone& event) {
  tell_rows(event);
  const auto share = event.total > 0 ? event.found * 100 / event.total : 100;
  const auto progress = event.pass > 1 ? fmt::format("{}: catching up, {} rows", event.id.name, event.found)
                                       : fmt::format("{}: {} of {} ({} %), {}", event.id.name, event.found, event.total,
                                                     share, speed_text(event));
  report_.console().progress(progress);
  // A terminal has the line that moves.
  const bool told_by_rows = static_cast<std::int64_t>(event.keys.size()) >= event.rows;
  const bool wants_line = !told_by_rows && !event.halved && !report_.console().err_is_terminal();
  if (!event.retry && (wants_line || report_.verbosity() == Verbosity::verbose)) {
    report_.note(event.pass > 1 ? progress
                                : fmt::format("[{}/{}] {} rows in {} ({})", event.found, event.total, event.rows,
                                              duration_for_people(event.took), speed_text(event)));
  }
  auto fields = event_of(event.id);
  fields["pass"] = event.pass;
  fields["found"] = event.found;
  fields["total"] = event.total;
  fields["due"] = event.due;
  fields["rows"] = event.rows;
  fields["took_ms"] = event.took.count();
  fields["rows_per_second"] = static_cast<std::int64_t>(event.rate);
  fields["eta_ms"] = event.eta ? Json(event.eta->count()) : Json(nullptr);
  report_.event("batch_done", std::move(fields));
}

/// The first rows one by one: they show an operator at once whether it is the right ones that move.
void BackfillReport::tell_rows(const BatchDone& event) {
  auto place = event.found - event.due;
  for (const auto& key : event.keys) {
    if (event.retry || event.pass > 1) {
      report_.note(fmt::format("{} {} ({})", event.retry ? "Retried, migrated" : "Migrated", event.id.name,
                               key_text(columns_, key)));
    } else {
      report_.note(
          fmt::format("[{}/{}] Migrated {} ({})", ++place, event.total, event.id.name, key_text(columns_, key)));
    }
  }
}

void BackfillReport::tell(const BackfillPaused& event) {
  report_.console().progress("");
  report_.note(fmt::format("{}: paused: {}", event.id.name, event.reason));
  auto fields = event_of(event.id);
  fields["reason"] = event.reason;
  report_.event("backfill_paused", std::move(fields));
}

void BackfillReport::tell(const BackfillResumed& event) {
  report_.note(fmt::format("{}: going on", event.id.name));
  report_.event("backfill_resumed", event_of(event.id));
}

void BackfillReport::tell(const RowQuarantined& event) {
  if (++failures_told_ <= kFailuresTold || report_.verbosity() == Verbosity::verbose) {
    report_.note(fmt::format("Failed {} ({}): {} (SQLSTATE {})", event.id.name, key_text(columns_, event.failure.key),
                             event.failure.message, event.failure.sqlstate));
  }
  auto fields = event_of(event.id);
  fields.update(json_of(event.failure));
  report_.event("row_failed", std::move(fields));
}

void BackfillReport::tell(const BackfillFinished& event) {
  report_.console().progress("");
  for (const auto& line : summary_lines(event.row, event.migrated_now)) report_.line(line);
  Json json = json_of(event.row);
  json["migrated_now"] = event.migrated_now;
  json["took_ms"] = event.took.count();
  json["failures"] = Json::array();
  for (const auto& failure : event.failures) json["failures"].push_back(json_of(failure));
  report_.event("backfill_finished", json);
  auto& list = report_.result()["backfills"];
  if (!list.is_array()) list = Json::array();
  list.push_back(std::move(json));
}

std::vector<std::string> summary_lines(const BackfillRow& row, std::int64_t migrated_now) {
  std::vector<std::string> lines{fmt::format("MIGRATION SUMMARY: {} ({})", row.id.name, row.id.revision.text())};
  const bool earlier = migrated_now != row.migrated;
  lines.push_back(fmt::format("  Migrated: {}{}", row.migrated, earlier ? fmt::format(" ({} now)", migrated_now) : ""));
  lines.push_back(fmt::format("  Failed:   {}", row.failed));
  lines.push_back(fmt::format("  Skipped:  {}", skipped_text(row)));
  if (row.unchanged > 0) {
    lines.push_back(fmt::format("  Left:     {} (the SQL leaves them as they are, still due)", row.unchanged));
  }
  lines.push_back(fmt::format("  Total:    {}", row.migrated + row.failed + row.skipped_total() + row.unchanged));
  lines.push_back(fmt::format("  Status:   {}", row.failed == 0 ? "SUCCESS" : "PARTIAL FAILURE"));
  return lines;
}

Json json_of(const BackfillRow& row) {
  Json skipped = Json::object();
  for (const auto& [reason, count] : row.skipped) skipped[reason] = count;
  return {{"branch", row.id.revision.branch},
          {"revision", row.id.revision.name},
          {"direction", name_of(row.id.direction)},
          {"name", row.id.name},
          {"state", state_of(row)},
          {"table", row.table},
          {"total", row.total},
          {"total_is_exact", row.total_is_exact},
          {"pass", row.pass},
          {"found", row.found},
          {"migrated", row.migrated},
          {"failed", row.failed},
          {"skipped", std::move(skipped)},
          {"unchanged", row.unchanged},
          {"batches", row.batches},
          {"batch_rows", row.batch_rows},
          {"paused_by", or_null(row.paused_by)},
          {"paused_at", or_null(row.paused_at)},
          {"started_at", row.started_at},
          {"updated_at", row.updated_at},
          {"finished_at", or_null(row.finished_at)}};
}

Json json_of(const BackfillFailure& failure) {
  return {{"key", failure.key},
          {"sqlstate", failure.sqlstate},
          {"message", failure.message},
          {"attempts", failure.attempts},
          {"failed_at", or_null(failure.failed_at)}};
}

void show_backfills(Report& report, const std::vector<BackfillRow>& rows,
                    const std::vector<std::vector<BackfillFailure>>& failures) {
  Json list = Json::array();
  Table table({{"backfill"},
               {"state"},
               {"done", Column::Align::right},
               {"of", Column::Align::right},
               {"migrated", Column::Align::right},
               {"failed", Column::Align::right},
               {"skipped", Column::Align::right},
               {"last batch"}});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const auto found = row.pass > 1 ? row.total : row.found;
    table.add({row.id.text(),
               {state_for_people(row), row.done ? Tone::good : Tone::warning},
               std::to_string(found),
               fmt::format("{}{}", row.total_is_exact ? "" : "~", std::max(row.total, found)),
               std::to_string(row.migrated),
               {std::to_string(row.failed), row.failed > 0 ? Tone::bad : Tone::plain},
               std::to_string(row.skipped_total()),
               row.updated_at});
    Json json = json_of(row);
    json["failures"] = Json::array();
    for (const auto& failure : failures.at(i)) json["failures"].push_back(json_of(failure));
    list.push_back(std::move(json));
  }
  if (rows.empty()) {
    report.line("no backfill has run in this database");
  } else {
    report.table(table);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].paused_by.empty()) {
      report.line(fmt::format("{}: paused by {} since {}", rows[i].id.text(), rows[i].paused_by, rows[i].paused_at));
    }
    for (const auto& failure : failures.at(i)) {
      report.line(fmt::format("{}: failed ({}): {} (SQLSTATE {}, {})", rows[i].id.text(),
                              key_text(rows[i].key, failure.key), failure.message, failure.sqlstate,
                              count_of(failure.attempts, "attempt")));
    }
  }
  report.result()["backfills"] = std::move(list);
}

}  // namespace dbmigrate
