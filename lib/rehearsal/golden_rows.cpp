// Given, query, expect.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/golden_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "catalog/difference.hpp"
#include "core/json.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
    " SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'";

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// A line a row, written as in the contract's file.
std::string text_of(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    text += "[";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += ", ";
      text += row[i] ? Json(*row[i]).dump(-1, ' ', false, Json::error_handler_t::replace) : "null";
    }
    text += "]\n";
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  return lines;
}

/// Where in the file the server points to.
Location place_of(const SqlText& sql, const ServerError& error) {
  int line = sql.first_line;
  int characters = 0;
  for (const char c : sql.text) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins_character && ++characters >= error.position()) break;
    if (c == '\n') ++line;
  }
  return {.file = sql.file, .line = line};
}

template <class Work>
bool succeeds(const SqlText& sql, std::vector<std::string>& problems, const Work& work) {
  try {
    work();
    return true;
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    problems.push_back(
        fmt::format("{}: {} (SQLSTATE {})", place_of(sql, error).text(), error.info().message, error.sqlstate()));
    return false;
  }
}

GoldenOutcome try_one(Session& session, const GoldenRows& golden) {
  GoldenOutcome outcome{.name = golden.name, .problems = {}};
  session.run(kBegin);
  Rows rows;
  const bool ran = succeeds(golden.given, outcome.problems, [&] { session.run(golden.given.text); });
  if (ran && session.status() != TransactionStatus::open) {
    outcome.problems.push_back(fmt::format(
        "{}: given ends its transaction", Location{.file = golden.given.file, .line = golden.given.first_line}.text()));
  } else if (ran && succeeds(golden.query, outcome.problems, [&] { rows = session.query(golden.query.text).rows; }) &&
             rows != golden.expect) {
    outcome.problems = lines_of(unified_hunks(text_of(golden.expect), text_of(rows)));
  }
  if (session.status() != TransactionStatus::idle) session.run("ROLLBACK");
  return outcome;
}

/// Everything that `revisions` need and they themselves, in the order in which it runs.
std::vector<RevisionIndex> closure_of(const RevisionGraph& graph, std::vector<RevisionIndex> open) {
  std::vector<char> seen(graph.size(), 0);
  std::vector<RevisionIndex> all;
  while (!open.empty()) {
    const auto next = open.back();
    open.pop_back();
    if (std::exchange(seen[next], '\1') != 0) continue;
    all.push_back(next);
    for (const auto parent : graph.parents(next)) open.push_back(parent);
    for (const auto dependency : graph.dependencies(next)) open.push_back(dependency);
  }
  std::sort(all.begin(), all.end(), [&](auto left, auto right) { return graph.rank(left) < graph.rank(right); });
  return all;
}

}  // namespace

std::vector<GoldenOutcome> try_golden_rows(Session& session, const Contract& contract) {
  std::vector<GoldenOutcome> outcomes;
  for (const auto& golden : contract.golden) outcomes.push_back(try_one(session, golden));
  return outcomes;
}

std::vector<GoldenOutcome> rehearse_golden_rows(RehearsalServer& server, const RevisionGraph& graph,
                                                const std::vector<RevisionIndex>& revisions, const Contract& contract) {
  RehearsalDatabase database(server, graph);
  for (const auto revision : closure_of(graph, revisions)) database.upgrade(revision);
  return try_golden_rows(database.session(), contract);
}

}  // namespace dbmigrate
