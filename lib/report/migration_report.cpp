// One revision in full, as its files have it.
// SPDX-License-Identifier: Apache-2.0
#include "report/migration_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/duration.hpp"
#include "core/figures.hpp"
#include "core/json.hpp"
#include "core/words.hpp"
#include "lint/rules.hpp"

namespace dbmigrate {
namespace {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::schema:
      return "schema";
    case Kind::data:
      return "data";
    case Kind::baseline:
      return "baseline";
  }
  return "";
}

std::string_view name_of(TransactionMode mode) {
  switch (mode) {
    case TransactionMode::revision:
      return "revision";
    case TransactionMode::step:
      return "step";
    case TransactionMode::none:
      return "none";
  }
  return "";
}

std::string_view name_of(Requirement::Kind kind) {
  switch (kind) {
    case Requirement::Kind::table:
      return "table";
    case Requirement::Kind::view:
      return "view";
    case Requirement::Kind::column:
      return "column";
    case Requirement::Kind::index:
      return "index";
    case Requirement::Kind::extension:
      return "extension";
    case Requirement::Kind::server_version:
      return "server_version";
    case Requirement::Kind::sql:
      return "sql";
  }
  return "";
}

std::vector<std::string> names_of(const RevisionGraph& graph, const std::vector<RevisionIndex>& indexes) {
  std::vector<std::string> names;
  for (const auto index : indexes) names.push_back(graph.migration(index).id.text());
  return names;
}

Json steps_json(const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const auto& step : steps) {
    Json item{{"transaction", name_of(step.transaction)}, {"file", step.at.file}};
    if (const auto* sql = step.sql()) {
      item["file"] = sql->file;
      item["line"] = sql->first_line;
      item["sql"] = sql->text;
    } else if (const auto* backfill = step.backfill()) {
      item["backfill"] = backfill->name;
      item["table"] = backfill->table;
      item["sql"] = backfill->sql.text;
    }
    list.push_back(std::move(item));
  }
  return list;
}

Json duration_json(const std::optional<Milliseconds>& duration) {
  return duration ? Json(duration_text(*duration)) : Json(nullptr);
}

/// `label     value`, or nothing for an empty value.
class Facts {
 public:
  explicit Facts(Report& report) : report_(report) {}
  void add(std::string_view label, const std::string& value) {
    if (!value.empty()) report_.line(fmt::format("{:<18} {}", label, value));
  }

 private:
  Report& report_;
};

void say_settings(Facts& facts, const Migration& migration) {
  facts.add("kind", std::string(name_of(migration.kind)));
  facts.add("adopts", migration.adopts ? "where all of it is there already" : "");
  facts.add("held until", migration.hold);
  facts.add("transaction", std::string(name_of(migration.transaction)));
  if (migration.lock_timeout) facts.add("lock_timeout", duration_text(*migration.lock_timeout));
  if (migration.statement_timeout) facts.add("statement_timeout", duration_text(*migration.statement_timeout));
  facts.add("irreversible", migration.irreversible);
  for (const auto& [name, version] : migration.contract) facts.add("contract", fmt::format("{} v{}", name, version));
  for (const auto& requirement : migration.requirements) {
    facts.add("requires", fmt::format("{} {}{}", name_of(requirement.kind), requirement.subject,
                                      requirement.skip ? ", else skipped" : ""));
  }
  for (const auto& check : migration.checks) {
    facts.add("check", fmt::format("{} ({})", check.name, name_of(check.severity)));
  }
}

Json row_json(const std::optional<AppliedRevision>& row) {
  if (!row) return nullptr;
  return {{"state", name_of(row->state)},    {"direction", name_of(row->direction)},
          {"checksum", row->checksum.hex()}, {"steps_done", row->steps_done},
          {"steps_total", row->steps_total}, {"created_extensions", row->created_extensions},
          {"applied_at", row->applied_at},   {"applied_by", row->applied_by},
          {"took_ms", row->took.count()},    {"run_id", row->run_id}};
}

void say_row(Facts& facts, const Migration& migration, const std::optional<AppliedRevision>& row) {
  if (!row) return facts.add("in this database", "not applied");
  std::string text = fmt::format("{} {} by {}", name_of(row->state), row->applied_at, row->applied_by);
  if (row->state == RevisionState::in_progress) {
    text = fmt::format("in progress since {}: {}, {} of {} steps", row->applied_at, name_of(row->direction),
                       row->steps_done, row->steps_total);
  }
  facts.add("in this database", text);
  if (row->checksum == migration.checksum) return;
  facts.add("", fmt::format("with the checksum {}: the file is not what ran", row->checksum.short_form()));
}

void say_steps(Report& report, std::string_view title, const std::vector<Step>& steps) {
  if (steps.empty()) return;
  const Paint& paint = report.paint();
  for (const auto& step : steps) {
    const auto* sql = step.sql();
    const auto* backfill = step.backfill();
    const SqlText& text = sql ? *sql : backfill->sql;
    std::string heading = fmt::format("-- {}: {}:{}", title, text.file, text.first_line);
    if (backfill) heading += fmt::format(", backfill {} over {}", backfill->name, backfill->table);
    if (step.transaction != TransactionMode::revision)
      heading += fmt::format(", transaction {}", name_of(step.transaction));
    report.line("");
    report.line(paint(Tone::strong, heading));
    std::string_view body = text.text;
    while (body.ends_with("\n")) body.remove_suffix(1);
    report.line(body);
  }
}

}  // namespace

Json revision_json(const RevisionGraph& graph, RevisionIndex revision) {
  const Migration& migration = graph.migration(revision);
  Json requires_list = Json::array();
  for (const auto& requirement : migration.requirements) {
    requires_list.push_back({{std::string(name_of(requirement.kind)), requirement.subject},
                             {"otherwise", requirement.skip ? "skip" : "fail"},
                             {"hint", requirement.hint}});
  }
  Json checks = Json::array();
  for (const auto& check : migration.checks) {
    checks.push_back({{"name", check.name}, {"severity", name_of(check.severity)}, {"sql", check.sql.text}});
  }
  return Json{{"branch", migration.id.branch},
              {"revision", migration.id.name},
              {"description", migration.description},
              {"parents", migration.parents},
              {"children", names_of(graph, graph.children(revision))},
              {"depends_on", names_of(graph, graph.dependencies(revision))},
              {"kind", name_of(migration.kind)},
              {"adopts", migration.adopts},
              {"hold", migration.hold.empty() ? Json(nullptr) : Json(migration.hold)},
              {"transaction", name_of(migration.transaction)},
              {"lock_timeout", duration_json(migration.lock_timeout)},
              {"statement_timeout", duration_json(migration.statement_timeout)},
              {"irreversible", migration.irreversible.empty() ? Json(nullptr) : Json(migration.irreversible)},
              {"checksum", migration.checksum.hex()},
              {"files", migration.files},
              {"requires", std::move(requires_list)},
              {"checks", std::move(checks)},
              {"up", steps_json(migration.up)},
              {"down", steps_json(migration.down)}};
}

void show_revision(Report& report, const RevisionGraph& graph, RevisionIndex revision,
                   const std::optional<RecordedRow>& recorded) {
  const Migration& migration = graph.migration(revision);
  Json& json = report.result()["revision"] = revision_json(graph, revision);
  if (recorded) json["version_row"] = row_json(recorded->row);
  if (!report.is_text()) return;

  Facts facts(report);
  facts.add("revision", migration.id.text());
  facts.add("description", migration.description);
  facts.add("parents", migration.parents.empty() ? "none: the base" : listed(migration.parents));
  facts.add("children", listed(names_of(graph, graph.children(revision))));
  facts.add("depends on", listed(names_of(graph, graph.dependencies(revision))));
  say_settings(facts, migration);
  facts.add("checksum", migration.checksum.hex());
  facts.add("files", fmt::format("{}", fmt::join(migration.files, ", ")));
  if (recorded) say_row(facts, migration, recorded->row);
  say_steps(report, "up", migration.up);
  say_steps(report, "down", migration.down);
}

}  // namespace dbmigrate
