// Locks first, then work, then what went wrong.
// SPDX-License-Identifier: Apache-2.0
#include "report/preview_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "catalog/difference.hpp"
#include "core/figures.hpp"
#include "core/words.hpp"
#include "preview/judgement.hpp"

namespace dbmigrate {

namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Locks of earlier statements that are stronger than what the statement itself takes there.
std::vector<std::string> held_besides(const StatementTrace& trace) {
  std::vector<std::string> held;
  for (const auto& lock : trace.held) {
    const bool covered = std::any_of(trace.locks.begin(), trace.locks.end(), [&](const RelationLock& own) {
      return own.relation == lock.relation && own.mode >= lock.mode;
    });
    if (!covered) held.push_back(fmt::format("{} {}", lock.relation, name_of(lock.mode)));
  }
  return held;
}

}  // namespace

std::vector<PreviewFact> facts_of(const StatementPreview& statement, const Preview& preview) {
  std::vector<PreviewFact> facts;
  const auto& trace = statement.trace;
  for (const auto& lock : trace.locks) {
    if (lock.kind == RelationKind::index || lock.mode < TableLockMode::share_update_exclusive) continue;
    const auto blocks = blocked_by(lock.mode);
    facts.push_back({"locks", fmt::format("{} {}{}", lock.relation, name_of(lock.mode),
                                          blocks.empty() ? "" : fmt::format(": {} wait", blocks))});
  }
  const auto held = held_besides(trace);
  if (!held.empty()) facts.push_back({"still held", listed(held)});
  const auto is_new = [&](const std::string& table) {
    return has(trace.rewritten, table) || has(trace.copied, table) || has(trace.truncated, table);
  };
  for (const auto& table : trace.rewritten)
    facts.push_back({"rewrites", size_text(table, preview.tables) + " and its indexes"});
  for (const auto& table : trace.copied) facts.push_back({"copies", size_text(table, preview.tables)});
  for (const auto& table : trace.truncated) facts.push_back({"empties", size_text(table, preview.tables)});
  for (const auto& table : trace.scanned) {
    if (!is_new(table)) facts.push_back({"reads all", "of " + size_text(table, preview.tables)});
  }
  for (const auto& change : trace.indexes) {
    const bool built = change.kind == IndexChange::Kind::built || change.kind == IndexChange::Kind::rebuilt;
    if (!built || change.on_new_table || is_new(change.table)) continue;
    facts.push_back({"builds", fmt::format("index {} of {}", change.index, change.table)});
  }
  for (const auto& dropped : trace.cascaded) facts.push_back({"also drops", dropped});
  if (trace.error) {
    facts.push_back({"fails", trace.error->sqlstate.empty()
                                  ? trace.error->message
                                  : fmt::format("{} (SQLSTATE {})", trace.error->message, trace.error->sqlstate)});
  }
  if (!statement.on_target) return facts;
  const auto& there = *statement.on_target;
  facts.push_back({"rehearsed", there.ran ? fmt::format("on the database itself in {} ms", there.took.count())
                                          : "not on the database itself: " + there.why_not});
  return facts;
}

std::string_view fate_text(RevisionPreview::Fate fate) {
  switch (fate) {
    case RevisionPreview::Fate::is_adopted:
      return "all of it is there, so it is adopted and nothing runs";
    case RevisionPreview::Fate::is_forgotten:
      return "only its row in the version table goes, nothing runs";
    case RevisionPreview::Fate::resumes:
      return "goes on where it stopped";
    case RevisionPreview::Fate::runs:
      break;
  }
  return "";
}

std::string standing_text(const StandingBy& session) {
  return session.who.text() + (session.relations.empty() ? "" : "; holds " + listed(session.relations));
}

std::vector<std::string> schema_change_lines(const Preview& preview) {
  const auto text = review_text(preview.schema_changes);
  std::vector<std::string> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    std::string mark;
    for (const auto& [kind, sign] :
         {std::pair(Difference::Kind::unexpected, "+ "), std::pair(Difference::Kind::missing, "- "),
          std::pair(Difference::Kind::changed, "~ ")}) {
      if (!mark.empty() || !line.starts_with(name_of(kind))) continue;
      mark = sign;
      line.remove_prefix(line.find_first_not_of(' ', name_of(kind).size()));
    }
    lines.push_back(mark + std::string(line));
  }
  return lines;
}

std::string on_target_text(const Preview& preview) {
  std::int64_t ran = 0;
  bool tried = false;
  Milliseconds took{0};
  for (const auto& revision : preview.revisions) {
    for (const auto& statement : revision.statements) {
      if (!statement.on_target) continue;
      tried = true;
      if (statement.on_target->ran) ++ran;
      took += statement.on_target->took;
    }
  }
  if (!tried) return "";
  return fmt::format("On the database itself: {} ran in {} ms, and {} rolled back", count_of(ran, "statement"),
                     took.count(), ran == 1 ? "was" : "were");
}

}  // namespace dbmigrate
