// A dry-run as one page for a browser, to be attached to a change request.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/words.hpp"
#include "report/figures.hpp"
#include "report/preview_report.hpp"

namespace dbmigrate {
namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
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
    text += fmt::format("<li class=\"{0}\"><b>{0}</b> {1} <code>{2}</code>: {3}{4}</li>\n",
                        name_of_severity(finding->severity), escaped(finding->at.text()), escaped(finding->rule),
                        escaped(finding->message), finding->hint.empty() ? "" : "<br>" + escaped(finding->hint));
  }
  return text.empty() ? "<p>None.</p>\n" : "<ul>\n" + text + "</ul>\n";
}

std::string facts_html(const StatementTrace& trace) {
  std::string text;
  const auto item = [&](std::string_view label, const std::string& value) {
    text += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", label, escaped(value));
  };
  for (const auto& lock : trace.locks) {
    if (lock.kind != RelationKind::index) item("locks", fmt::format("{} {}", lock.relation, name_of(lock.mode)));
  }
  if (!trace.rewritten.empty()) item("rewrites", listed(trace.rewritten));
  if (!trace.copied.empty()) item("copies", listed(trace.copied));
  if (!trace.scanned.empty()) item("reads all of", listed(trace.scanned));
  if (!trace.cascaded.empty()) item("also drops", listed(trace.cascaded));
  if (trace.error) item("fails", trace.error->message);
  return text.empty() ? "" : "<table>\n" + text + "</table>\n";
}

std::string revision_html(const RevisionPreview& revision) {
  auto text = fmt::format("<h2>{}</h2>\n", escaped(revision.id.text()));
  for (const auto& statement : revision.statements) {
    text += fmt::format("<p>{}</p>\n<pre>{}</pre>\n", escaped(statement.trace.at.text()), escaped(statement.trace.sql));
    text += facts_html(statement.trace);
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
  for (const auto& revision : preview.revisions) page += revision_html(revision);
  page += "<h2>Resulting schema change</h2>\n<pre>" + escaped(review_text(preview.schema_changes)) + "</pre>\n";
  if (!preview.not_rehearsed.empty()) {
    page += "<h2>Not rehearsed</h2>\n<ul>\n";
    for (const auto& one : preview.not_rehearsed) page += "<li>" + escaped(one) + "</li>\n";
    page += "</ul>\n";
  }
  if (preview.disk_needed > 0) {
    page += fmt::format("<p>Disk needed beside what is used now: about {} (estimate)</p>\n",
                        size_for_people(preview.disk_needed));
  }
  return page + "</body></html>\n";
}

}  // namespace dbmigrate
