// Questions to the catalog, one for each form of `requires`.
// SPDX-License-Identifier: Apache-2.0
#include "executor/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "executor/worker.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_identifier;
using sql::quote_literal;

constexpr int kRowsShown = 20;

std::vector<std::string> dotted(const std::string& name) {
  std::vector<std::string> parts{""};
  bool quoted = false;
  for (const char c : name) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The names as to_regclass() reads them.
std::string regclass_text(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ".") + quote_identifier(part);
  return quote_literal(text);
}

std::string relation_exists(const std::string& subject, std::string_view kinds) {
  return fmt::format(
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({}) AND relkind IN ({}))",
      regclass_text(dotted(subject)), kinds);
}

std::string column_exists(const std::string& subject) {
  auto parts = dotted(subject);
  const std::string column = parts.back();
  parts.pop_back();
  return fmt::format(
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass({}) AND attname = {}"
      " AND attnum > 0 AND NOT attisdropped)",
      regclass_text(parts), quote_literal(column));
}

/// `14`, `>= 14` and `14.2` all mean at least that version.
std::string version_reached(const std::string& subject) {
  std::string digits;
  for (const char c : subject) {
    if ((c >= '0' && c <= '9') || c == '.') digits += c;
  }
  const auto dot = digits.find('.');
  const auto major = digits.substr(0, dot);
  const auto minor = dot == std::string::npos ? "0" : digits.substr(dot + 1);
  return fmt::format("SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= {} * 10000 + {}",
                     major.empty() ? "0" : major, minor.empty() ? "0" : minor);
}

std::string query_of(const Requirement& requirement) {
  std::string query = requirement.subject;
  while (!query.empty() && (query.back() == ';' || query.back() == ' ' || query.back() == '\n')) query.pop_back();
  return query;
}

/// How many rows there are where none should be, and the first column of some: by convention an id or a name.
std::string found_rows(Session& session, const Requirement& requirement) {
  if (requirement.kind != Requirement::Kind::sql || requirement.expect.kind != Expectation::Kind::empty) return "";
  const auto query = query_of(requirement);
  const auto count = session.query(fmt::format("SELECT count(*) FROM (\n{}\n) AS answer", query)).number(0, 0);
  const auto some = session.query(fmt::format("SELECT * FROM (\n{}\n) AS answer LIMIT {}", query, kRowsShown));
  std::string text = fmt::format("Found {} row{}: ", count, count == 1 ? "" : "s");
  for (std::size_t i = 0; i < some.rows.size(); ++i)
    text += (i > 0 ? ", " : "") + some.rows[i].front().value_or("NULL");
  return text + (count > kRowsShown ? " and others." : ".");
}

std::string query_gives(const Requirement& requirement) {
  const auto query = query_of(requirement);
  switch (requirement.expect.kind) {
    case Expectation::Kind::empty:
      return fmt::format("SELECT NOT EXISTS (\n{}\n)", query);
    case Expectation::Kind::one_row:
      return fmt::format("SELECT (SELECT count(*) FROM (\n{}\n) AS answer) = 1", query);
    case Expectation::Kind::equals:
      return fmt::format("SELECT coalesce((\n{}\n)::pg_catalog.text = {}, false)", query,
                         quote_literal(requirement.expect.value));
    case Expectation::Kind::anything:
      break;
  }
  return "";
}

bool opaque(const sql::StatementFacts& facts) { return !facts.parsed || facts.call_or_do || facts.command == "SELECT"; }

/// Whether `earlier` may bring about what `requirement` asks for.
bool can_influence(const PreparedRevision& earlier, const Requirement& requirement) {
  if (requirement.kind == Requirement::Kind::server_version) return false;
  if (requirement.kind != Requirement::Kind::table && requirement.kind != Requirement::Kind::extension) return true;
  const auto name = dotted(requirement.subject).back();
  for (const auto& unit : earlier.units) {
    for (const auto& part : unit.parts) {
      for (const auto& facts : part.facts) {
        if (opaque(facts)) return true;
        if (std::any_of(facts.creates_tables.begin(), facts.creates_tables.end(),
                        [&](const sql::ObjectName& table) { return table.name == name; })) {
          return true;
        }
        if (std::find(facts.creates_extensions.begin(), facts.creates_extensions.end(), name) !=
            facts.creates_extensions.end()) {
          return true;
        }
      }
    }
    if (unit.part != nullptr) return true;
  }
  return false;
}

}  // namespace

std::string requirement_sql(const Requirement& requirement) {
  switch (requirement.kind) {
    case Requirement::Kind::table:
      return relation_exists(requirement.subject, "'r', 'p', 'f'");
    case Requirement::Kind::view:
      return relation_exists(requirement.subject, "'v', 'm'");
    case Requirement::Kind::index:
      return relation_exists(requirement.subject, "'i', 'I'");
    case Requirement::Kind::column:
      return column_exists(requirement.subject);
    case Requirement::Kind::extension:
      return fmt::format("SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = {})",
                         quote_literal(requirement.subject));
    case Requirement::Kind::server_version:
      return version_reached(requirement.subject);
    case Requirement::Kind::sql:
      return query_gives(requirement);
  }
  return "";
}

std::string requirement_text(const Requirement& requirement) {
  switch (requirement.kind) {
    case Requirement::Kind::table:
      return fmt::format("table {} exists", requirement.subject);
    case Requirement::Kind::view:
      return fmt::format("view {} exists", requirement.subject);
    case Requirement::Kind::index:
      return fmt::format("index {} exists", requirement.subject);
    case Requirement::Kind::column:
      return fmt::format("column {} exists", requirement.subject);
    case Requirement::Kind::extension:
      return fmt::format("extension {} is installed", requirement.subject);
    case Requirement::Kind::server_version:
      return fmt::format("the server is PostgreSQL {}", requirement.subject);
    case Requirement::Kind::sql:
      return fmt::format("the query of {} answers as expected", requirement.at.text());
  }
  return "";
}

std::vector<UnmetRequirement> unmet_requirements(Session& session, const Migration& migration,
                                                 const RunOptions& options) {
  std::vector<UnmetRequirement> unmet;
  for (const auto& requirement : migration.requirements) {
    try {
      // Read-only, so that an author's query changes nothing whatever it calls.
      session.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
      for (const auto& agreed : agreed_settings(options)) session.run(agreed);
      const auto answer = session.run(requirement_sql(requirement));
      if (answer.back().text(0, 0) != "t")
        unmet.push_back({migration.id, &requirement, found_rows(session, requirement)});
      session.run("COMMIT");
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      session.run("ROLLBACK");
      unmet.push_back({migration.id, &requirement, fmt::format("The server says: {}.", error.info().message)});
    }
  }
  return unmet;
}

void throw_unmet(const std::vector<UnmetRequirement>& unmet) {
  ErrorInfo info{.code = ErrorCode::requirement_unmet};
  const auto& first = unmet.front();
  info.message = unmet.size() == 1
                     ? fmt::format("{} requires that {}", first.id.text(), requirement_text(*first.requirement))
                     : fmt::format("{} requirements are not met", unmet.size());
  for (const auto& one : unmet) {
    if (unmet.size() > 1) {
      info.detail +=
          fmt::format("{}{}: {}.", info.detail.empty() ? "" : "\n", one.id.text(), requirement_text(*one.requirement));
    }
    if (!one.why.empty()) info.detail += (info.detail.empty() ? "" : " ") + one.why;
    if (!one.requirement->hint.empty()) info.hint += (info.hint.empty() ? "" : "\n") + one.requirement->hint;
  }
  if (unmet.size() == 1 && info.detail.empty())
    info.detail = "The database was asked and says no; nothing of the revision was run.";
  if (info.hint.empty()) info.hint = "Bring it about, then run the same command again.";
  info.at = first.requirement->at;
  throw Error(std::move(info));
}

void require_before_run(Session& session, const std::vector<PreparedRevision>& plan, const RunOptions& options) {
  std::vector<UnmetRequirement> all;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i].direction != Direction::upgrade || plan[i].begun() || plan[i].migration->requirements.empty()) continue;
    for (auto& unmet : unmet_requirements(session, *plan[i].migration, options)) {
      const bool later =
          std::any_of(plan.begin(), plan.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const PreparedRevision& earlier) { return can_influence(earlier, *unmet.requirement); });
      if (!later && !unmet.requirement->skip) all.push_back(std::move(unmet));
    }
  }
  if (!all.empty()) throw_unmet(all);
}

}  // namespace dbmigrate
