// The document of a dry-run.
// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"
#include "lint/rules.hpp"
#include "report/comparison_report.hpp"
#include "report/preview_report.hpp"

namespace dbmigrate {
namespace {

Json json_of(const PreviewFinding& finding) {
  return {{"rule", finding.rule},
          {"severity", name_of(finding.severity)},
          {"file", finding.at.file},
          {"line", finding.at.line},
          {"column", finding.at.column > 0 ? Json(finding.at.column) : Json(nullptr)},
          {"message", finding.message},
          {"hint", finding.hint},
          {"allowed_because", finding.allowed_because.empty() ? Json(nullptr) : Json(finding.allowed_because)}};
}

Json json_of(const std::vector<RelationLock>& locks) {
  Json list = Json::array();
  for (const auto& lock : locks) {
    if (lock.kind != RelationKind::index) list.push_back({{"relation", lock.relation}, {"mode", name_of(lock.mode)}});
  }
  return list;
}

Json json_of(const OnTarget& there) {
  return {{"ran", there.ran},
          {"took_ms", there.ran ? Json(there.took.count()) : Json(nullptr)},
          {"why_not", there.ran ? Json(nullptr) : Json(there.why_not)}};
}

Json json_of(const StatementPreview& statement) {
  const auto& trace = statement.trace;
  auto rewrites = trace.rewritten;
  rewrites.insert(rewrites.end(), trace.copied.begin(), trace.copied.end());
  Json indexes = Json::array();
  for (const auto& change : trace.indexes) {
    const bool built = change.kind == IndexChange::Kind::built || change.kind == IndexChange::Kind::rebuilt;
    if (built) indexes.push_back({{"index", change.index}, {"table", change.table}});
  }
  Json findings = Json::array();
  for (const auto& finding : statement.findings) findings.push_back(json_of(finding));
  return {{"file", trace.at.file},
          {"line", trace.at.line},
          {"sql", trace.sql},
          {"rehearsed", trace.ran},
          {"on_target", statement.on_target ? json_of(*statement.on_target) : Json(nullptr)},
          {"locks", json_of(trace.locks)},
          {"held", json_of(trace.held)},
          {"rewrites", rewrites},
          {"scans", trace.scanned},
          {"index_builds", std::move(indexes)},
          {"cascades", trace.cascaded},
          {"sqlstate", trace.error ? Json(trace.error->sqlstate) : Json(nullptr)},
          {"findings", std::move(findings)}};
}

Json json_of(const BackfillOutlook& outlook) {
  Json reasons = Json::object();
  for (const auto& [reason, rows] : outlook.skipped) reasons[reason] = rows;
  return {{"name", outlook.name},
          {"rows", outlook.known ? Json(outlook.found - outlook.skipped_total()) : Json(nullptr)},
          {"skipped", outlook.known ? Json(outlook.skipped_total()) : Json(nullptr)},
          {"reasons", std::move(reasons)},
          {"why", outlook.why}};
}

std::string_view name_of(RevisionPreview::Fate fate) {
  switch (fate) {
    case RevisionPreview::Fate::is_adopted:
      return "is_adopted";
    case RevisionPreview::Fate::is_forgotten:
      return "is_forgotten";
    case RevisionPreview::Fate::resumes:
      return "resumes";
    case RevisionPreview::Fate::runs:
      break;
  }
  return "runs";
}

Json json_of(const RevisionPreview& revision) {
  Json statements = Json::array();
  for (const auto& statement : revision.statements) statements.push_back(json_of(statement));
  Json backfills = Json::array();
  for (const auto& outlook : revision.backfills) backfills.push_back(json_of(outlook));
  return {{"branch", revision.id.branch},
          {"revision", revision.id.name},
          {"direction", name_of(revision.direction)},
          {"fate", name_of(revision.fate)},
          {"statements", std::move(statements)},
          {"backfills", std::move(backfills)}};
}

std::string_view change_name(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::unexpected:
      return "added";
    case Difference::Kind::missing:
      return "dropped";
    case Difference::Kind::changed:
      break;
  }
  return "changed";
}

Json tables_of(const Preview& preview) {
  Json list = Json::array();
  for (const auto& [name, size] : preview.tables) {
    list.push_back({{"table", name},
                    {"rows", size.rows},
                    {"rows_are_exact", size.rows_are_exact},
                    {"bytes", size.bytes},
                    {"index_bytes", size.index_bytes}});
  }
  return list;
}

Json sessions_of(const Preview& preview) {
  Json list = Json::array();
  for (const auto& session : preview.sessions) {
    list.push_back({{"pid", session.who.pid},
                    {"user", session.who.user},
                    {"application", session.who.application},
                    {"state", session.who.state},
                    {"age_ms", session.who.age.count()},
                    {"locks", session.relations}});
  }
  return list;
}

}  // namespace

Json json_of(const Preview& preview) {
  constexpr std::string_view kOrigins[] = {"none", "dump", "replay"};
  Json revisions = Json::array();
  for (const auto& revision : preview.revisions) revisions.push_back(json_of(revision));
  Json findings = Json::array();
  for (const auto* finding : preview.worst_first()) findings.push_back(json_of(*finding));
  Json allowed = Json::array();
  for (const auto* finding : preview.allowed()) allowed.push_back(json_of(*finding));
  Json changes = Json::array();
  for (const auto& difference : preview.schema_changes) {
    auto change = difference_json(difference);
    change.erase("difference");
    change["change"] = change_name(difference.kind);
    changes.push_back(std::move(change));
  }
  const auto worst = preview.worst();
  return {{"revisions", std::move(revisions)},
          {"schema_changes", std::move(changes)},
          {"findings", std::move(findings)},
          {"allowed", std::move(allowed)},
          {"risk", worst ? Json(name_of(*worst)) : Json(nullptr)},
          {"clone", kOrigins[static_cast<std::size_t>(preview.clone)]},
          {"not_rehearsed", preview.not_rehearsed},
          {"checked_when_reached", preview.checked_when_reached},
          {"tables", tables_of(preview)},
          {"sessions", sessions_of(preview)},
          {"disk_needed_bytes", preview.disk_needed}};
}

}  // namespace dbmigrate
