// A step is one of three things, and says so by exactly one key.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/steps.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "descriptor/directives.hpp"
#include "descriptor/embedded_sql.hpp"
#include "descriptor/header.hpp"

namespace dbmigrate {
namespace {

std::vector<BackfillSkip> read_skips(const yaml::Value& value) {
  std::vector<BackfillSkip> skips;
  for (const auto& entry : value.list()) {
    const auto item = entry.mapping("a skip", {"when", "because"});
    skips.push_back({.when = read_condition(item.required("when")), .because = item.required("because").text()});
  }
  return skips;
}

void read_batch(const yaml::Value& value, Backfill& backfill) {
  const auto batch = value.mapping("batch", {"time", "rows"});
  if (const auto time = batch.find("time")) {
    backfill.batch_time = time->duration();
    if (backfill.batch_time.count() == 0)
      time->fail_as_wrong("longer than 0", "Write how long a batch may take, such as 500ms.");
  }
  const auto rows = batch.find("rows");
  if (!rows) return;
  const auto bounds = rows->one_or_more();
  if (bounds.size() > 2) {
    rows->fail("rows has more than two numbers", "They are the fewest and the most.",
               "Write [100, 10000] or one number.");
  }
  backfill.batch_rows_min = bounds.front().integer(1);
  backfill.batch_rows_max = bounds.back().integer(1);
  if (backfill.batch_rows_min > backfill.batch_rows_max) {
    rows->fail("rows begins with the greater number",
               fmt::format("Found {} and {}.", backfill.batch_rows_min, backfill.batch_rows_max), "Swap the two.");
  }
}

void read_pause(const yaml::Value& value, Backfill& backfill) {
  const auto pause = value.mapping("pause_when", {"replication_lag", "lock_waiters", "query", "flag_file"});
  if (const auto lag = pause.find("replication_lag")) backfill.pause_replication_lag = lag->duration();
  if (const auto waiters = pause.find("lock_waiters")) {
    backfill.pause_lock_waiters = static_cast<int>(waiters->integer(1, std::numeric_limits<int>::max()));
  }
  if (const auto query = pause.find("query")) backfill.pause_query = one_query(*query, query->text());
  if (const auto file = pause.find("flag_file")) backfill.pause_flag_file = file->text();
}

Backfill read_backfill(const yaml::Value& value) {
  const auto keys = value.mapping(
      "a backfill", {"name", "table", "key", "where", "skip", "batch", "pause_when", "max_failures", "sql"});
  Backfill backfill;
  backfill.name = keys.required("name").text();
  backfill.table = read_object_name(keys.required("table"));
  const auto key = keys.required("key");
  for (const auto& column : key.one_or_more()) {
    const auto name = read_object_name(column);
    for (const auto& known : backfill.key) {
      if (known == name)
        column.fail(fmt::format("key column {} is named twice", name), "A key has each once.", "Remove it.");
    }
    backfill.key.push_back(name);
  }
  if (const auto where = keys.find("where")) backfill.where = read_condition(*where);
  if (const auto skip = keys.find("skip")) backfill.skip = read_skips(*skip);
  if (const auto batch = keys.find("batch")) read_batch(*batch, backfill);
  if (const auto pause = keys.find("pause_when")) read_pause(*pause, backfill);
  if (const auto most = keys.find("max_failures")) backfill.max_failures = most->integer(0);
  backfill.sql = inline_sql(keys.required("sql"));
  return backfill;
}

Step backfill_step(const yaml::Mapping& keys, const yaml::Value& backfill, Location at) {
  for (const auto* stray : {"transaction", "repeatable"}) {
    if (const auto value = keys.find(stray)) {
      value->fail(fmt::format("a backfill takes no {}", stray),
                  "Each of its batches is a transaction, with its checkpoint.", "Remove it.");
    }
  }
  return {
      .transaction = TransactionMode::none, .repeatable = false, .work = read_backfill(backfill), .at = std::move(at)};
}

/// A file that says how it runs must not be contradicted by the descriptor that names it.
void set_mode(const yaml::Mapping& keys, bool file_decides, Step& step) {
  const auto value = keys.find("transaction");
  if (!value) return;
  const auto mode = read_transaction(*value);
  if (file_decides && mode != step.transaction) {
    value->fail("descriptor and SQL file differ in transaction",
                fmt::format("{} has its own -- dbmigrate: transaction line.", step.sql()->file),
                "Remove one of the two.");
  }
  step.transaction = mode;
}

std::optional<TransactionMode> mode_in(const SqlPart& part) {
  if (part.settings.root.keys.empty()) return std::nullopt;
  const auto settings = yaml::Value(part.settings, "the settings")
                            .mapping("an SQL file that a descriptor or a down names", {"transaction"});
  const auto value = settings.find("transaction");
  return value ? std::optional(read_transaction(*value)) : std::nullopt;
}

Step file_step(const yaml::Value& name, const yaml::Mapping* keys, TransactionMode default_mode, Location at,
               Folder& folder, std::vector<std::string>& files) {
  auto part = read_part(folder.named_sql(name));
  files.push_back(part.sql.file);
  const auto mode = mode_in(part);
  Step step{.transaction = mode.value_or(default_mode),
            .repeatable = false,
            .work = std::move(part.sql),
            .at = std::move(at)};
  if (keys != nullptr) set_mode(*keys, mode.has_value(), step);
  return step;
}

Step read_step(const yaml::Value& value, TransactionMode default_mode, Folder& folder,
               std::vector<std::string>& files) {
  if (value.is_scalar()) return file_step(value, nullptr, default_mode, value.at(), folder, files);
  const auto keys = value.mapping("a step", {"file", "sql", "backfill", "transaction", "repeatable"});
  const auto file = keys.find("file");
  const auto sql = keys.find("sql");
  const auto backfill = keys.find("backfill");
  if (int{file.has_value()} + int{sql.has_value()} + int{backfill.has_value()} != 1) {
    keys.fail("a step is one of file, sql and backfill", file || sql || backfill ? "Found several." : "Found none.",
              "Give each its own item in the list.");
  }
  if (backfill) return backfill_step(keys, *backfill, value.at());
  Step step = file ? file_step(*file, &keys, default_mode, value.at(), folder, files)
                   : Step{.transaction = default_mode, .repeatable = false, .work = inline_sql(*sql), .at = value.at()};
  if (sql) set_mode(keys, false, step);
  if (const auto repeatable = keys.find("repeatable")) step.repeatable = repeatable->boolean();
  return step;
}

[[noreturn]] void refuse(const Location& at, std::string message, std::string detail, std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = at});
}

}  // namespace

SqlText inline_sql(const yaml::Value& value) {
  const auto& node = value.node();
  SqlText sql{
      .text = value.text(), .file = value.file(), .first_line = node.content_line, .indent = node.content_indent};
  auto part = read_part(std::move(sql));
  if (!part.settings.root.keys.empty()) {
    const auto& key = part.settings.root.keys.front();
    refuse({.file = value.file(), .line = key.line, .column = key.column},
           fmt::format("the setting {} stands in the descriptor's SQL", key.text),
           "A descriptor has settings as its keys.", "Make it a key of the descriptor or of the step.");
  }
  return std::move(part.sql);
}

std::vector<Step> read_steps(const yaml::Value& value, TransactionMode default_mode, Folder& folder,
                             std::vector<std::string>& files) {
  std::vector<Step> steps;
  for (const auto& item : value.one_or_more()) steps.push_back(read_step(item, default_mode, folder, files));
  return steps;
}

Step step_of_file(SqlText sql, TransactionMode default_mode, Location at) {
  return step_of_part(read_part(std::move(sql)), default_mode, std::move(at));
}

Step step_of_part(SqlPart part, TransactionMode default_mode, Location at) {
  const auto mode = mode_in(part).value_or(default_mode);
  return {.transaction = mode, .repeatable = false, .work = std::move(part.sql), .at = std::move(at)};
}

void check_steps(const std::vector<Step>& steps, std::string_view direction) {
  std::set<std::string> backfills;
  for (const auto& step : steps) {
    const auto* backfill = step.backfill();
    const auto& sql = backfill != nullptr ? backfill->sql : *step.sql();
    if (!has_statement(sql.text)) {
      refuse({.file = sql.file, .line = sql.first_line}, fmt::format("the {} has no statement", direction),
             "There is nothing in it but blanks and comments.",
             direction == "up"
                 ? "Write its SQL, or remove the migration."
                 : "Write its SQL, say why it cannot be taken back with irreversible, or write SELECT 1 where "
                   "nothing has to be.");
    }
    if (backfill != nullptr && !backfills.insert(backfill->name).second) {
      refuse(step.at, fmt::format("two backfills are called \"{}\"", backfill->name), "Their progress is kept by name.",
             "Rename one.");
    }
  }
}

}  // namespace dbmigrate
