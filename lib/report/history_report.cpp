// Two tables: rows in effect, and events.
// SPDX-License-Identifier: Apache-2.0
#include "report/history_report.hpp"

#include <fmt/format.h>

#include "core/json.hpp"

namespace dbmigrate {
namespace {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of(const RecordedEvent& recorded) {
  const auto& event = recorded.event;
  return {{"at", recorded.finished_at},
          {"event", event.event},
          {"branch", event.id ? Json(event.id->branch) : Json(nullptr)},
          {"revision", event.id ? Json(event.id->name) : Json(nullptr)},
          {"from_state", or_null(event.from_state)},
          {"to_state", or_null(event.to_state)},
          {"took_ms", event.took.count()},
          {"sqlstate", or_null(event.sqlstate)},
          {"message", or_null(event.message)},
          {"statement", or_null(event.statement)},
          {"file", or_null(event.file)},
          {"line", event.line > 0 ? Json(event.line) : Json(nullptr)},
          {"lock_waits", event.lock_waits},
          {"blockers", event.blockers},
          {"run_id", recorded.run_id},
          {"database_user", recorded.database_user},
          {"os_user", recorded.os_user},
          {"host", recorded.host},
          {"tool_version", recorded.tool_version},
          {"git_commit", or_null(recorded.git_commit)},
          {"flags", recorded.flags},
          {"change", or_null(recorded.change)}};
}

/// What a person wants to know of an event besides its name.
std::string story(const RecordedEvent& recorded) {
  const auto& event = recorded.event;
  std::string text;
  if (!event.message.empty()) text = event.message;
  if (!event.file.empty())
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", event.file,
                        event.line > 0 ? fmt::format(":{}", event.line) : "");
  if (text.empty() && !event.to_state.empty())
    text = fmt::format("{} in {}", event.to_state, duration_for_people(event.took));
  if (text.empty()) text = duration_for_people(event.took);
  if (event.lock_waits > 0) text += fmt::format(", {} waits for locks", event.lock_waits);
  if (!recorded.change.empty()) text += " (" + recorded.change + ")";
  return text;
}

Tone tone_of(const std::string& event) {
  if (event == "failure" || event == "interruption" || event == "refused") return Tone::bad;
  return event == "repair" || event == "stamp" ? Tone::warning : Tone::good;
}

}  // namespace

void show_applied(Report& report, const std::vector<AppliedRevision>& rows) {
  Json list = Json::array();
  Table table({{"applied at"}, {"revision"}, {"state"}, {"took", Column::Align::right}, {"by"}});
  for (const auto& row : rows) {
    table.add({Cell(row.applied_at), Cell(row.id.text()), Cell(std::string(name_of(row.state))),
               Cell(duration_for_people(row.took)), Cell(row.applied_by)});
    list.push_back({{"branch", row.id.branch},
                    {"revision", row.id.name},
                    {"state", name_of(row.state)},
                    {"applied_at", row.applied_at},
                    {"applied_by", row.applied_by},
                    {"took_ms", row.took.count()},
                    {"checksum", row.checksum.hex()},
                    {"run_id", row.run_id}});
  }
  report.result()["revisions"] = std::move(list);
  if (table.empty()) {
    report.line("nothing is applied");
  } else {
    report.table(table);
  }
}

void show_events(Report& report, const std::vector<RecordedEvent>& events) {
  Json list = Json::array();
  Table table({{"at"}, {"event"}, {"revision"}, {"who"}, {"what"}});
  for (const auto& recorded : events) {
    const auto& event = recorded.event;
    table.add({Cell(recorded.finished_at), Cell(event.event, tone_of(event.event)),
               Cell(event.id ? event.id->text() : ""), Cell(fmt::format("{}@{}", recorded.os_user, recorded.host)),
               Cell(story(recorded))});
    list.push_back(json_of(recorded));
  }
  report.result()["events"] = std::move(list);
  if (table.empty()) {
    report.line("the log is empty");
  } else {
    report.table(table);
  }
}

}  // namespace dbmigrate
