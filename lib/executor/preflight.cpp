// Refusals that need the database, before anything is changed.
// SPDX-License-Identifier: Apache-2.0
#include "executor/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/words.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

std::string quoted(const sql::ObjectName& name) {
  const auto last = sql::quote_identifier(name.name);
  return name.schema.empty() ? last : sql::quote_identifier(name.schema) + "." + last;
}

std::vector<sql::ObjectName> tables_created_by(const std::vector<Step>& steps) {
  std::vector<sql::ObjectName> tables;
  for (const auto& step : steps) {
    const auto* source = step.sql();
    if (source == nullptr) continue;
    const auto script = sql::split(source->text, source->file, source->first_line);
    for (const auto& statement : script.statements) {
      const auto facts = sql::facts_of(script.text_of(statement));
      tables.insert(tables.end(), facts.creates_tables.begin(), facts.creates_tables.end());
    }
  }
  return tables;
}

bool exists(Session& session, const sql::ObjectName& table) {
  return session.query("SELECT pg_catalog.to_regclass($1) IS NOT NULL", {quoted(table)}).text(0, 0) == "t";
}

bool has_rows(Session& session, const sql::ObjectName& table) {
  try {
    return session.query(fmt::format("SELECT EXISTS (SELECT FROM {})", quoted(table))).text(0, 0) == "t";
  } catch (const ServerError& error) {
    if (error.sqlstate() == "42501") return true;
    throw;
  }
}

bool branch_has_rows(Session& session, const RevisionGraph& graph, const std::string& branch) {
  for (const auto index : graph.revisions(branch)) {
    for (const auto& table : tables_created_by(graph.migration(index).up)) {
      if (exists(session, table) && has_rows(session, table)) return true;
    }
  }
  return false;
}

bool is_selected(const std::vector<std::string>& branches, const std::string& branch) {
  return std::find(branches.begin(), branches.end(), branch) != branches.end();
}

}  // namespace

std::set<std::string> branches_with_rows(Session& session, const RevisionGraph& graph,
                                         const std::vector<std::string>& branches) {
  std::set<std::string> found;
  for (const auto& branch : branches) {
    if (!graph.has_branch(branch)) continue;
    const auto& revisions = graph.revisions(branch);
    const bool holds = std::any_of(revisions.begin(), revisions.end(),
                                   [&](RevisionIndex index) { return !graph.migration(index).hold.empty(); });
    if (holds && branch_has_rows(session, graph, branch)) found.insert(branch);
  }
  return found;
}

bool has_tables(Session& session, std::string_view version_schema) {
  return session
             .query(
                 "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ="
                 " c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog',"
                 " 'information_schema', $1) AND n.nspname !~ '^pg_(toast|temp)' AND NOT EXISTS (SELECT FROM"
                 " pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))",
                 {std::string(version_schema)})
             .text(0, 0) == "t";
}

std::vector<std::string> tables_there_already(Session& session, const std::vector<Step>& steps) {
  std::vector<std::string> there;
  for (const auto& table : tables_created_by(steps)) {
    if (exists(session, table)) there.push_back(quoted(table));
  }
  return there;
}

void require_same_checksums(const RevisionGraph& graph, const LedgerState& state,
                            const std::vector<std::string>& branches) {
  const auto mismatches = checksum_mismatches(graph, state.rows, branches);
  if (mismatches.empty()) return;
  ErrorInfo info{.code = ErrorCode::checksum_mismatch};
  const auto& first = mismatches.front();
  info.message = mismatches.size() == 1
                     ? fmt::format("revision {} changed after it was applied", first.id.text())
                     : fmt::format("{} revisions changed after they were applied", mismatches.size());
  for (const auto& one : mismatches) {
    info.detail += fmt::format("{}{} is {}, the version table has {} for {}.", info.detail.empty() ? "" : "\n", one.file,
                               one.on_disk.short_form(), one.recorded.short_form(), one.id.text());
  }
  info.hint =
      "Restore the file and make the change in a new revision; or, when the new text is known to describe what is "
      "there, accept it with `dbmigrate repair`.";
  info.at = Location{.file = first.file};
  throw Error(std::move(info));
}

void require_known_revisions(const RevisionGraph& graph, const LedgerState& state,
                             const std::vector<std::string>& branches) {
  std::vector<std::string> unknown;
  for (const auto& row : state.rows) {
    if (is_selected(branches, row.id.branch) && !graph.find(row.id)) unknown.push_back(row.id.text());
  }
  if (unknown.empty()) return;
  throw Error({.code = ErrorCode::unknown_revision,
               .message = fmt::format("the database has {} that the files do not have",
                                      unknown.size() == 1 ? "revision " + unknown.front()
                                                          : fmt::format("{} revisions", unknown.size())),
               .detail = fmt::format("Applied here and missing in the migrations directory: {}.", listed(unknown)),
               .hint = "Use the checkout that has them. `dbmigrate downgrade` can take them back from the stored "
                       "steps."});
}

void require_chosen_branches(Session& session, const Plan& plan, const LedgerState& state, bool chosen,
                             std::string_view version_schema) {
  if (chosen || !state.rows.empty()) return;
  std::vector<std::string> branches;
  for (const auto& step : plan.steps) {
    if (!is_selected(branches, step.id.branch)) branches.push_back(step.id.branch);
  }
  if (branches.size() < 2 || !has_tables(session, version_schema)) return;
  std::string line;
  for (const auto& branch : branches) line += (line.empty() ? "" : ", ") + branch;
  throw Error({.code = ErrorCode::refused,
               .message = fmt::format("{} branches would be created in a database that has tables already", branches.size()),
               .detail = fmt::format("The database has no version rows, and no branches were chosen: {} would all be "
                                     "created in it.",
                                     listed(branches)),
               .hint = fmt::format("Name the ones that belong there: --branch NAME, or in its environment in "
                                   "dbmigrate.yaml `branches: [{}]`, shortened to what you want.",
                                   line)});
}

}  // namespace dbmigrate
