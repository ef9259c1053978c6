// Stored steps as JSON, with a format number of their own.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/stored_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "core/json.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

constexpr int kFormat = 1;
constexpr std::array<std::string_view, 3> kModes{"revision", "step", "none"};

std::string_view mode_name(TransactionMode mode) { return kModes.at(static_cast<std::size_t>(mode)); }

TransactionMode mode_of(const std::string& name) {
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    if (kModes.at(i) == name) return static_cast<TransactionMode>(i);
  }
  throw std::invalid_argument("unknown transaction mode " + name);
}

Json json_of(const std::optional<Milliseconds>& duration) { return duration ? Json(duration->count()) : Json(nullptr); }

std::optional<Milliseconds> duration_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return Milliseconds{json.get<std::int64_t>()};
}

Json json_of(const sql::ObjectName& name) { return {{"schema", name.schema}, {"name", name.name}}; }

sql::ObjectName name_of(const Json& json) {
  return {json.at("schema").get<std::string>(), json.at("name").get<std::string>()};
}

/// What the statements of `migration` are seen to make.
StoredLosses seen_losses(const Migration& migration) {
  StoredLosses losses;
  for (const auto& step : migration.up) {
    const auto* source = step.sql();
    if (source == nullptr) continue;
    const auto script = sql::split(source->text, source->file, source->first_line);
    std::vector<std::string_view> statements;
    for (const auto& statement : script.statements) statements.push_back(script.text_of(statement));
    for (auto& facts : sql::facts_of(statements)) {
      std::move(facts.creates_tables.begin(), facts.creates_tables.end(), std::back_inserter(losses.tables));
      std::move(facts.adds_columns.begin(), facts.adds_columns.end(), std::back_inserter(losses.columns));
    }
  }
  return losses;
}

Json json_of(const StoredLosses& losses) {
  Json queries = Json::array();
  for (const auto& loss : losses.queries) queries.push_back({{"rows", loss.rows.text}, {"because", loss.because}});
  Json tables = Json::array();
  for (const auto& table : losses.tables) tables.push_back(json_of(table));
  Json columns = Json::array();
  for (const auto& column : losses.columns) {
    auto json = json_of(column.table);
    json["column"] = column.column;
    columns.push_back(std::move(json));
  }
  return {{"declared", losses.declared}, {"queries", queries}, {"tables", tables}, {"columns", columns}};
}

StoredLosses losses_of(const Json& json) {
  StoredLosses losses;
  losses.declared = json.at("declared").get<bool>();
  for (const auto& query : json.at("queries")) {
    losses.queries.push_back({.rows = {.text = query.at("rows").get<std::string>(), .file = {}},
                              .because = query.at("because").get<std::string>()});
  }
  for (const auto& table : json.at("tables")) losses.tables.push_back(name_of(table));
  for (const auto& column : json.at("columns")) {
    losses.columns.push_back({name_of(column), column.at("column").get<std::string>()});
  }
  return losses;
}

}  // namespace

std::string stored_down_steps(const Migration& migration) {
  if (!migration.irreversible.empty()) return "";
  Json steps = Json::array();
  for (const auto& step : migration.down) {
    const auto* sql = step.sql();
    if (sql == nullptr) continue;  // refused before anything runs: a downgrade has no batches of its own
    steps.push_back({{"transaction", mode_name(step.transaction)},
                     {"repeatable", step.repeatable},
                     {"file", sql->file},
                     {"line", sql->first_line},
                     {"indent", sql->indent},
                     {"sql", sql->text}});
  }
  StoredLosses losses{.declared = true, .queries = migration.loses};
  if (migration.loses.empty()) losses = seen_losses(migration);
  return Json{{"format", kFormat},
              {"transaction", mode_name(migration.transaction)},
              {"lock_timeout", json_of(migration.lock_timeout)},
              {"statement_timeout", json_of(migration.statement_timeout)},
              {"losses", json_of(losses)},
              {"steps", std::move(steps)}}
      .dump();
}

StoredSteps read_stored_steps(std::string_view text, const RevisionId& id) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() != kFormat) throw std::invalid_argument("unknown format");
    StoredSteps stored;
    stored.transaction = mode_of(json.at("transaction").get<std::string>());
    stored.lock_timeout = duration_of(json.at("lock_timeout"));
    stored.statement_timeout = duration_of(json.at("statement_timeout"));
    stored.losses = losses_of(json.at("losses"));
    for (const auto& step : json.at("steps")) {
      stored.steps.push_back({.transaction = mode_of(step.at("transaction").get<std::string>()),
                              .repeatable = step.at("repeatable").get<bool>(),
                              .work = SqlText{.text = step.at("sql").get<std::string>(),
                                              .file = step.at("file").get<std::string>(),
                                              .first_line = step.at("line").get<int>(),
                                              .indent = step.at("indent").get<int>()}});
    }
    return stored;
  } catch (const std::exception& error) {
    throw Error({.code = ErrorCode::state_conflict,
                 .message = fmt::format("the stored downgrade of {} cannot be read", id.text()),
                 .detail = fmt::format("The column down_steps of the version table: {}.", error.what()),
                 .hint = "Run `dbmigrate repair` with the revision's files present, which stores it anew."});
  }
}

}  // namespace dbmigrate
