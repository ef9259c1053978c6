// Stored steps as JSON, with a format number of their own.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/stored_steps.hpp"

#include <fmt/format.h>

#include <array>

#include "core/json.hpp"

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

Json json_of(const std::optional<Milliseconds>& duration) {
  return duration ? Json(duration->count()) : Json(nullptr);
}

std::optional<Milliseconds> duration_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return Milliseconds{json.get<std::int64_t>()};
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
  return Json{{"format", kFormat},
              {"transaction", mode_name(migration.transaction)},
              {"lock_timeout", json_of(migration.lock_timeout)},
              {"statement_timeout", json_of(migration.statement_timeout)},
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
