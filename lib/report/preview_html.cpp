// A dry-run as one page for a browser, to be attached to a change request.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/figures.hpp"
#include "core/visible_text.hpp"
#include "lint/rules.hpp"
#include "report/preview_facts.hpp"
#include "report/preview_report.hpp"

namespace dbmigrate {
namespace {

/// As HTML shows it; what would reorder or hide text is shown as an escape.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : visible_text(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "pre{background:#f5f5f5;padding:.6em;overflow-x:auto}h2{border-bottom:1px solid #ccc}"
    "li.error{color:#a00000}li.warning{color:#8a5a00}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;border:1px solid #ccc;text-align:left}@media(prefers-color-scheme:dark)"
    "{body{background:#1b1b1b;color:#ddd}pre{background:#2a2a2a}li.error{color:#ff8080}li.warning{color:#ffc966}}";

std::string findings_html(const Preview& preview) {
  std::string text;
  for (const auto* finding : preview.worst_first()) {
    text += fmt::format("<li class=\"{0}\"><b>{0}</b> {1} <code>{2}</code>: {3}{4}</li>\n", name_of(finding->severity),
                        escaped(finding->at.text()), escaped(finding->rule), escaped(finding->message),
                        finding->hint.empty() ? "" : "<br>" + escaped(finding->hint));
  }
  return text.empty() ? "<p>None.</p>\n" : "<ul>\n" + text + "</ul>\n";
}

std::string facts_html(const StatementPreview& statement, const Preview& preview) {
  std::string text;
  for (const auto& [label, value] : facts_of(statement, preview)) {
    text += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", label, escaped(value));
  }
  return text.empty() ? "" : "<table>\n" + text + "</table>\n";
}

std::string list_html(std::string_view title, const std::vector<std::string>& entries) {
  if (entries.empty()) return "";
  auto text = fmt::format("<h2>{}</h2>\n<ul>\n", title);
  for (const auto& entry : entries) text += "<li>" + escaped(entry) + "</li>\n";
  return text + "</ul>\n";
}

std::string revision_html(const RevisionPreview& revision, const Preview& preview) {
  auto text = fmt::format("<h2>{}{}</h2>\n", revision.direction == Direction::downgrade ? "Downgrade of " : "",
                          escaped(revision.id.text()));
  if (const auto fate = fate_text(revision.fate); !fate.empty()) text += fmt::format("<p>{}</p>\n", fate);
  for (const auto& statement : revision.statements) {
    text += fmt::format("<p>{}</p>\n<pre>{}</pre>\n", escaped(statement.trace.at.text()), escaped(statement.trace.sql));
    text += facts_html(statement, preview);
  }
  for (const auto& outlook : revision.backfills) {
    text += fmt::format("<p>Backfill {}: {}</p>\n", escaped(outlook.name),
                        outlook.known ? fmt::format("{} rows, {} skipped", outlook.found - outlook.skipped_total(),
                                                    outlook.skipped_total())
                                      : escaped(outlook.why));
  }
  return text;
}

}  // namespace

std::string html_of(const Preview& preview, const std::string& title) {
  auto page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{1}</style></head>\n"
      "<body><h1>{0}</h1>\n<p>{2}</p>\n<h2>To look at, the worst first</h2>\n{3}",
      escaped(title), kStyle, escaped(risk_line(preview)), findings_html(preview));
  for (const auto& revision : preview.revisions) page += revision_html(revision, preview);
  page += "<h2>Resulting schema change</h2>\n<pre>";
  for (const auto& line : schema_change_lines(preview)) page += escaped(line) + "\n";
  page += "</pre>\n";
  std::vector<std::string> sessions;
  for (const auto& session : preview.sessions) sessions.push_back(standing_text(session));
  std::vector<std::string> allowed;
  for (const auto* finding : preview.allowed()) {
    allowed.push_back(fmt::format("{} {}: {}", finding->at.text(), finding->rule, finding->allowed_because));
  }
  page += list_html("Let pass by the files", allowed);
  page += list_html("In the way now", sessions);
  page += list_html("Checked when it is reached", preview.checked_when_reached);
  page += list_html("Not rehearsed", preview.not_rehearsed);
  if (const auto there = on_target_text(preview); !there.empty()) page += "<p>" + there + ".</p>\n";
  if (preview.disk_needed > 0) {
    page += fmt::format("<p>Disk needed beside what is used now: about {} (estimate)</p>\n",
                        size_for_people(preview.disk_needed));
  }
  return page + "</body></html>\n";
}

}  // namespace dbmigrate
