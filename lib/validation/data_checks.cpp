// A query, what it gave, and what it should have given.
// SPDX-License-Identifier: Apache-2.0
#include "validation/data_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "contract/relations.hpp"
#include "postgres/reading.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

/// Without what would keep it from standing inside another query.
std::string as_subquery(std::string query) {
  while (!query.empty() && (query.back() == ';' || query.back() == ' ' || query.back() == '\n')) query.pop_back();
  return query;
}

/// Catalog files name tables as SQL does, but they are files: what else stands there is part of the name.
std::string quoted(const std::string& identity) {
  std::string name;
  for (const auto& part : identity_parts(identity)) name += (name.empty() ? "" : ".") + sql::quote_identifier(part);
  return name;
}

/// One query of which nothing remains.
Result ask(Session& session, const std::string& query, const CheckSettings& settings = {}) {
  Reading reading(session);
  session.run(fmt::format("SET LOCAL dbmigrate.recent_writes_after = '{} ms'", settings.recent_writes_after.count()));
  auto results = session.run(query);
  reading.end();
  return results.empty() ? Result{} : std::move(results.back());
}

CheckResult::Outcome outcome_of(bool holds) {
  return holds ? CheckResult::Outcome::holds : CheckResult::Outcome::violated;
}

void judge_count(CheckResult& result, const Expectation& expect, const std::string& count) {
  const bool one = expect.kind == Expectation::Kind::one_row;
  result.outcome = outcome_of(count == (one ? "1" : "0"));
  result.says = fmt::format("{} row{}", count, count == "1" ? "" : "s");
}

void judge_value(CheckResult& result, const Expectation& expect, const Result& answer) {
  if (answer.rows.size() != 1 || answer.columns.size() != 1) {
    result.outcome = CheckResult::Outcome::violated;
    result.says =
        fmt::format("{} rows of {} columns where one value was expected", answer.rows.size(), answer.columns.size());
    return;
  }
  const auto& value = answer.rows[0][0];
  result.outcome = outcome_of(value == expect.value);
  result.says = value.value_or("NULL");
  if (result.outcome != CheckResult::Outcome::holds) result.says += fmt::format(", expected {}", expect.value);
}

/// The author wrote the query for its value to be read; more than one are only counted.
std::string told(Session& session, const std::string& query, const CheckSettings& settings) {
  const auto answer = ask(session, fmt::format("SELECT * FROM (\n{}\n) AS dbmigrate_check LIMIT 2", query), settings);
  if (answer.rows.size() == 1 && answer.columns.size() == 1) return answer.rows[0][0].value_or("none");
  const auto counted =
      ask(session, fmt::format("SELECT pg_catalog.count(*) FROM (\n{}\n) AS dbmigrate_check", query), settings);
  return fmt::format("{} rows", counted.text(0, 0));
}

CheckResult run_check(Session& session, const RevisionId& id, const Check& check, const CheckSettings& settings) {
  CheckResult result{.id = id, .name = check.name, .severity = check.severity, .outcome = {}, .says = {}};
  const auto query = as_subquery(check.sql.text);
  try {
    if (check.expect.kind == Expectation::Kind::anything) {
      result.says = told(session, query, settings);
    } else if (check.expect.kind == Expectation::Kind::equals) {
      judge_value(result, check.expect, ask(session, query, settings));
    } else {
      const auto counted =
          ask(session, fmt::format("SELECT pg_catalog.count(*) FROM (\n{}\n) AS dbmigrate_check", query), settings);
      judge_count(result, check.expect, counted.text(0, 0));
    }
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    result.outcome = CheckResult::Outcome::failed;
    result.says = fmt::format("{} (SQLSTATE {})", error.info().message, error.sqlstate());
  }
  return result;
}

}  // namespace

std::string_view name_of(CheckResult::Outcome outcome) {
  switch (outcome) {
    case CheckResult::Outcome::holds:
      return "holds";
    case CheckResult::Outcome::violated:
      return "violated";
    case CheckResult::Outcome::failed:
      break;
  }
  return "failed";
}

std::vector<CheckResult> run_checks(Session& session, const RevisionGraph& graph,
                                    const std::vector<AppliedRevision>& rows, const std::vector<std::string>& branches,
                                    const CheckSettings& settings) {
  std::vector<CheckResult> results;
  for (const auto& branch : branches) {
    for (const auto index : graph.revisions(branch)) {
      const auto& migration = graph.migration(index);
      const bool in_effect = std::any_of(rows.begin(), rows.end(), [&](const AppliedRevision& row) {
        return row.id == migration.id && row.settled();
      });
      if (!in_effect) continue;
      for (const auto& check : migration.checks) results.push_back(run_check(session, migration.id, check, settings));
    }
  }
  return results;
}

std::vector<RecordCount> count_records(Session& session, const std::vector<std::string>& tables) {
  std::vector<RecordCount> counts;
  for (const auto& table : tables) {
    try {
      counts.push_back({table, ask(session, "SELECT pg_catalog.count(*) FROM " + quoted(table)).text(0, 0)});
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      counts.push_back({table, fmt::format("not counted: {}", error.info().message)});
    }
  }
  return counts;
}

}  // namespace dbmigrate
