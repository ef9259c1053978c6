// The text of a dry-run, readable at 80 columns.
// SPDX-License-Identifier: Apache-2.0
#include "report/preview_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backfill/progress.hpp"
#include "core/figures.hpp"
#include "core/json.hpp"
#include "core/words.hpp"
#include "lint/rules.hpp"
#include "report/preview_facts.hpp"
#include "report/width.hpp"

namespace dbmigrate {
namespace {

constexpr int kWidth = 80;
constexpr std::size_t kSqlLines = 6;

Tone tone_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Tone::bad;
    case Severity::warning:
      return Tone::warning;
    case Severity::info:
      break;
  }
  return Tone::plain;
}

template <class Each>
void for_each_line(std::string_view text, const Each& each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

class Text {
 public:
  Text(Report& report, const Preview& preview) : report_(report), preview_(preview) {}

  void show() {
    show_findings();
    for (const auto& revision : preview_.revisions) show_revision(revision);
    show_allowed();
    show_sessions();
    show_schema();
    show_rest();
    gap();
    report_.line(risk_line(preview_));
  }

 private:
  /// A blank line before what follows, unless nothing has been said.
  void gap() {
    if (said_) report_.line("");
    said_ = true;
  }

  /// `label` and then the text beside it, broken where it is too long.
  void row(std::string_view label, std::string_view text) {
    bool first = true;
    for (const auto& line : wrapped(one_line(text), kWidth - 16)) {
      report_.line(fmt::format("    {:<11} {}", first ? label : "", line));
      first = false;
    }
  }

  void show_findings() {
    const auto findings = preview_.worst_first();
    if (findings.empty()) return;
    gap();
    report_.line("To look at, the worst first:");
    for (const auto* finding : findings) {
      const auto severity = report_.paint()(tone_of(finding->severity), name_of(finding->severity));
      report_.line(
          fmt::format("  {} {}{}", severity, finding->at.file.empty() ? "" : finding->at.text() + " ", finding->rule));
      for (const auto& line : wrapped(one_line(finding->message), kWidth - 6)) report_.line("      " + line);
      for_each_line(finding->hint, [&](std::string_view hint) {
        for (const auto& line : wrapped(one_line(hint), kWidth - 6)) {
          report_.line("      " + report_.paint()(Tone::faint, line));
        }
      });
    }
  }

  void show_allowed() {
    const auto allowed = preview_.allowed();
    if (allowed.empty()) return;
    gap();
    report_.line("Let pass by the files:");
    for (const auto* finding : allowed) {
      report_.line(fmt::format("  {} {}", finding->at.text(), finding->rule));
      for (const auto& line : wrapped(one_line(finding->allowed_because), kWidth - 6)) report_.line("      " + line);
    }
  }

  void show_revision(const RevisionPreview& revision) {
    gap();
    const auto fate = fate_text(revision.fate);
    report_.line(fmt::format("{}{}{}{}", revision.direction == Direction::downgrade ? "downgrade of " : "",
                             report_.paint()(Tone::strong, revision.id.text()), fate.empty() ? "" : ": ", fate));
    std::size_t backfill = 0;
    for (const auto& statement : revision.statements) {
      if (statement.trace.command == "backfill" && backfill < revision.backfills.size()) {
        show_backfill(revision, revision.backfills[backfill++]);
        show_facts(statement);
      } else {
        show_statement(statement);
      }
    }
    for (; backfill < revision.backfills.size(); ++backfill) show_backfill(revision, revision.backfills[backfill]);
  }

  void show_statement(const StatementPreview& statement) {
    const auto& trace = statement.trace;
    report_.line(fmt::format("  {}{}", trace.at.text(), trace.transactional ? "" : " (outside a transaction)"));
    std::size_t shown = 0;
    std::string_view rest = trace.sql;
    while (!rest.empty() && shown < kSqlLines) {
      const auto end = std::min(rest.find('\n'), rest.size());
      report_.line("    " + fit_to_width(one_line(rest.substr(0, end)), kWidth - 4));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      ++shown;
    }
    if (!rest.empty()) {
      const auto more = 1 + std::count(rest.begin(), rest.end(), '\n');
      report_.line(fmt::format("    … {}", count_of(more, "more line")));
    }
    show_facts(statement);
  }

  void show_facts(const StatementPreview& statement) {
    for (const auto& fact : facts_of(statement, preview_)) row(fact.label, fact.text);
  }

  void show_backfill(const RevisionPreview& revision, const BackfillOutlook& outlook) {
    report_.line(fmt::format("  Backfill {} of {}", outlook.name, revision.id.text()));
    report_.line("  Mode: DRY RUN (no changes)");
    if (!outlook.known) {
      for (const auto& line : wrapped(one_line(outlook.why), kWidth - 2)) report_.line("  " + line);
      return;
    }
    report_.line(fmt::format("  Found {} {} to migrate", outlook.found, outlook.name));
    for (const auto& key : outlook.keys) {
      std::string text;
      for (std::size_t i = 0; i < key.size(); ++i) {
        text += fmt::format("{}{}={}", i > 0 ? ", " : "", outlook.key.at(i), key[i]);
      }
      report_.line(fmt::format("  [DRY RUN] Would migrate {} ({})", one_of(outlook.name), one_line(text)));
    }
    const auto migrated = outlook.found - outlook.skipped_total();
    if (migrated > static_cast<std::int64_t>(outlook.keys.size())) {
      report_.line(fmt::format("  [DRY RUN] … and {} more", migrated - static_cast<std::int64_t>(outlook.keys.size())));
    }
    std::string reasons;
    for (const auto& [reason, rows] : outlook.skipped) {
      if (rows > 0) reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", rows, reason);
    }
    report_.line(fmt::format("  MIGRATION SUMMARY: {} ({})", outlook.name, revision.id.text()));
    report_.line(fmt::format("    Migrated: {} (would be)", migrated));
    report_.line("    Failed:   0");
    report_.line(fmt::format("    Skipped:  {}{}", outlook.skipped_total(),
                             reasons.empty() ? "" : fmt::format(" ({})", reasons)));
    report_.line(fmt::format("    Total:    {}", outlook.found));
  }

  /// `personas` are migrated one persona at a time.
  static std::string one_of(const std::string& name) {
    return name.size() > 2 && name.ends_with("s") && !name.ends_with("ss") ? name.substr(0, name.size() - 1) : name;
  }

  void show_sessions() {
    if (preview_.sessions.empty()) return;
    gap();
    report_.line("In the way now:");
    for (const auto& session : preview_.sessions) {
      bool first = true;
      for (const auto& line : wrapped(one_line(standing_text(session)), kWidth - 4)) {
        report_.line((std::exchange(first, false) ? "  - " : "    ") + line);
      }
    }
  }

  void show_schema() {
    if (preview_.clone == CloneOrigin::none) return;
    gap();
    report_.line(preview_.schema_changes.empty() ? "The schema stays as it is." : "Resulting schema change:");
    for (const auto& change : schema_change_lines(preview_)) {
      const auto text = std::string_view(change).substr(std::min(change.find_first_not_of(' '), change.size()));
      const std::string indent(2 + change.size() - text.size(), ' ');
      bool first = true;
      for (const auto& line : wrapped(one_line(text), kWidth - 2 - static_cast<int>(indent.size()))) {
        report_.line(indent + (std::exchange(first, false) ? "" : "  ") + line);
      }
    }
  }

  void show_rest() {
    const auto list = [&](std::string_view title, const std::vector<std::string>& lines) {
      if (lines.empty()) return;
      gap();
      report_.line(title);
      for (const auto& entry : lines) {
        bool first = true;
        for (const auto& line : wrapped(one_line(entry), kWidth - 4)) {
          report_.line((std::exchange(first, false) ? "  - " : "    ") + line);
        }
      }
    };
    list("Checked when it is reached:", preview_.checked_when_reached);
    list("Not rehearsed:", preview_.not_rehearsed);
    if (const auto there = on_target_text(preview_); !there.empty()) {
      gap();
      report_.line(there + ".");
    }
    if (preview_.disk_needed > 0) {
      gap();
      report_.line(fmt::format("Disk needed beside what is used now: about {} (estimate)",
                               size_for_people(preview_.disk_needed)));
    }
  }

  Report& report_;
  const Preview& preview_;
  bool said_ = false;
};

}  // namespace

std::string risk_line(const Preview& preview) {
  const auto findings = preview.worst_first();
  const auto let_pass = preview.allowed().size();
  const auto passed = let_pass > 0 ? fmt::format("; {} let pass by the files", let_pass) : "";
  if (findings.empty()) {
    return (preview.clone == CloneOrigin::none ? "risk: none found, but nothing was rehearsed" : "risk: none found") +
           passed;
  }
  const auto count = [&](Severity severity) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const auto* finding) { return finding->severity == severity; });
  };
  std::vector<std::string> counts;
  if (const auto errors = count(Severity::error); errors > 0) counts.push_back(count_of(errors, "error"));
  if (const auto warnings = count(Severity::warning); warnings > 0) counts.push_back(count_of(warnings, "warning"));
  if (const auto infos = count(Severity::info); infos > 0) counts.push_back(fmt::format("{} info", infos));
  return fmt::format("risk: {} ({}){}", name_of(findings.front()->severity), listed(counts), passed);
}

void show_preview(Report& report, const Preview& preview) {
  report.result().update(json_of(preview));
  if (report.is_text()) Text(report, preview).show();
}

}  // namespace dbmigrate
