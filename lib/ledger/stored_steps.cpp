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

/// 2 has steps that are backfills; text without any stays 1, so that older programs go on reading it.
constexpr int kPlainFormat = 1;
constexpr int kBackfillFormat = 2;
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

Json json_of(const Backfill& backfill) {
  Json skip = Json::array();
  for (const auto& one : backfill.skip) skip.push_back({{"when", one.when}, {"because", one.because}});
  return {{"name", backfill.name},
          {"table", backfill.table},
          {"key", backfill.key},
          {"where", backfill.where},
          {"skip", std::move(skip)},
          {"batch_time", backfill.batch_time.count()},
          {"batch_rows", {backfill.batch_rows_min, backfill.batch_rows_max}},
          {"pause_replication_lag", json_of(backfill.pause_replication_lag)},
          {"pause_lock_waiters", backfill.pause_lock_waiters ? Json(*backfill.pause_lock_waiters) : Json(nullptr)},
          {"pause_query", backfill.pause_query},
          {"pause_flag_file", backfill.pause_flag_file},
          {"max_failures", backfill.max_failures}};
}

Backfill backfill_of(const Json& json) {
  Backfill backfill;
  backfill.name = json.at("name").get<std::string>();
  backfill.table = json.at("table").get<std::string>();
  backfill.key = json.at("key").get<std::vector<std::string>>();
  backfill.where = json.at("where").get<std::string>();
  for (const auto& one : json.at("skip")) {
    backfill.skip.push_back(
        {.when = one.at("when").get<std::string>(), .because = one.at("because").get<std::string>()});
  }
  backfill.batch_time = Milliseconds{json.at("batch_time").get<std::int64_t>()};
  backfill.batch_rows_min = json.at("batch_rows").at(0).get<std::int64_t>();
  backfill.batch_rows_max = json.at("batch_rows").at(1).get<std::int64_t>();
  backfill.pause_replication_lag = duration_of(json.at("pause_replication_lag"));
  const auto& waiters = json.at("pause_lock_waiters");
  if (!waiters.is_null()) backfill.pause_lock_waiters = waiters.get<int>();
  backfill.pause_query = json.at("pause_query").get<std::string>();
  backfill.pause_flag_file = json.at("pause_flag_file").get<std::string>();
  backfill.max_failures = json.at("max_failures").get<std::int64_t>();
  return backfill;
}

Json json_of(const Step& step) {
  const auto* backfill = step.backfill();
  const SqlText& sql = backfill != nullptr ? backfill->sql : *step.sql();
  Json json{{"transaction", mode_name(step.transaction)},
            {"repeatable", step.repeatable},
            {"file", sql.file},
            {"line", sql.first_line},
            {"indent", sql.indent},
            {"sql", sql.text}};
  if (backfill != nullptr) json["backfill"] = json_of(*backfill);
  return json;
}

Step step_of(const Json& json) {
  SqlText sql{.text = json.at("sql").get<std::string>(),
              .file = json.at("file").get<std::string>(),
              .first_line = json.at("line").get<int>(),
              .indent = json.at("indent").get<int>()};
  Step step{.transaction = mode_of(json.at("transaction").get<std::string>()),
            .repeatable = json.at("repeatable").get<bool>(),
            .work = SqlText{},
            .at = {.file = sql.file, .line = sql.first_line}};
  if (!json.contains("backfill")) {
    step.work = std::move(sql);
    return step;
  }
  auto backfill = backfill_of(json.at("backfill"));
  backfill.sql = std::move(sql);
  step.work = std::move(backfill);
  return step;
}

}  // namespace

std::string stored_down_steps(const Migration& migration) {
  if (!migration.irreversible.empty()) return "";
  Json steps = Json::array();
  bool plain = true;
  for (const auto& step : migration.down) {
    plain = plain && step.backfill() == nullptr;
    steps.push_back(json_of(step));
  }
  StoredLosses losses{.declared = true, .queries = migration.loses};
  if (migration.loses.empty()) losses = seen_losses(migration);
  return Json{{"format", plain ? kPlainFormat : kBackfillFormat},
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
    const int format = json.at("format").get<int>();
    if (format != kPlainFormat && format != kBackfillFormat) throw std::invalid_argument("unknown format");
    StoredSteps stored;
    stored.transaction = mode_of(json.at("transaction").get<std::string>());
    stored.lock_timeout = duration_of(json.at("lock_timeout"));
    stored.statement_timeout = duration_of(json.at("statement_timeout"));
    stored.losses = losses_of(json.at("losses"));
    for (const auto& step : json.at("steps")) stored.steps.push_back(step_of(step));
    return stored;
  } catch (const std::exception& error) {
    throw Error({.code = ErrorCode::state_conflict,
                 .message = fmt::format("the stored downgrade of {} cannot be read", id.text()),
                 .detail = fmt::format("The column down_steps of the version table: {}.", error.what()),
                 .hint = "Run `dbmigrate repair` with the revision's files present, which stores it anew."});
  }
}

}  // namespace dbmigrate
