// SQL of the tables backfill and backfill_failure.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/backfill_rows.hpp"

#include <fmt/format.h>

#include <numeric>

#include "core/json.hpp"
#include "core/log.hpp"
#include "ledger/sql_text.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_identifier;
using sql::quote_literal;

std::string where(const BackfillId& id) {
  return fmt::format("branch = {} AND revision = {} AND direction = {} AND name = {}",
                     quote_literal(id.revision.branch), quote_literal(id.revision.name),
                     quote_literal(name_of(id.direction)), quote_literal(id.name));
}

std::string values(const BackfillId& id) {
  return fmt::format("{}, {}, {}, {}", quote_literal(id.revision.branch), quote_literal(id.revision.name),
                     quote_literal(name_of(id.direction)), quote_literal(id.name));
}

std::string skipped_sql(const SkipCounts& skipped) {
  Json json = Json::object();
  for (const auto& [reason, count] : skipped) json[reason] = count;
  return quote_literal(json.dump()) + "::pg_catalog.jsonb";
}

std::string last_key_sql(const std::optional<RowKey>& key) { return key ? text_array_sql(*key) : "NULL"; }

/// What a batch and the end of a run both write.
std::string progress_sql(const BackfillRow& row) {
  return fmt::format(
      "last_key = {}, pass = {}, found = {}, migrated = {}, unchanged = {}, skipped = {}, batch_rows = {},"
      " updated_at = pg_catalog.clock_timestamp()",
      last_key_sql(row.last_key), row.pass, row.found, row.migrated, row.unchanged, skipped_sql(row.skipped),
      row.batch_rows);
}

constexpr std::string_view kTime = "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'";

std::string time_sql(std::string_view column) {
  return fmt::format("pg_catalog.to_char({} AT TIME ZONE 'UTC', {})", column, kTime);
}

BackfillRow row_of(const Result& result, std::size_t i) {
  const auto number = [&](std::size_t column) { return std::int64_t{result.number(i, column)}; };
  BackfillRow row;
  row.id = {.revision = {result.text(i, 0), result.text(i, 1)},
            .direction = result.text(i, 2) == "downgrade" ? Direction::downgrade : Direction::upgrade,
            .name = result.text(i, 3)};
  row.done = result.text(i, 4) == "done";
  row.run_id = result.text(i, 5);
  row.table = result.text(i, 6);
  row.key = key_of_json(result.text(i, 7));
  if (result.rows[i][8]) row.last_key = key_of_json(result.text(i, 8));
  row.pass = static_cast<int>(number(9));
  row.total = number(10);
  row.total_is_exact = result.text(i, 11) == "t";
  row.found = number(12);
  row.migrated = number(13);
  row.unchanged = number(14);
  const Json skipped = Json::parse(result.text(i, 15));
  for (const auto& [reason, count] : skipped.items()) row.skipped.emplace_back(reason, count.get<std::int64_t>());
  row.batches = number(16);
  row.batch_rows = number(17);
  row.paused_by = result.text(i, 18);
  row.paused_at = result.text(i, 19);
  row.started_at = result.text(i, 20);
  row.updated_at = result.text(i, 21);
  row.finished_at = result.text(i, 22);
  row.failed = number(23);
  return row;
}

}  // namespace

std::string BackfillId::text() const { return fmt::format("{}/{}", revision.text(), name); }

std::int64_t BackfillRow::skipped_total() const {
  return std::accumulate(skipped.begin(), skipped.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& one) { return sum + one.second; });
}

RowKey key_of_json(std::string_view text) {
  RowKey key;
  const Json json = Json::parse(text);
  for (const auto& column : json) key.push_back(column.is_null() ? "" : column.get<std::string>());
  return key;
}

std::string key_text(const std::vector<std::string>& columns, const RowKey& key) {
  std::string text;
  for (std::size_t i = 0; i < key.size(); ++i) {
    text += fmt::format("{}{}={}", i > 0 ? ", " : "", i < columns.size() ? columns[i] : "key", key[i]);
  }
  return text;
}

std::string BackfillRows::table(std::string_view name) const {
  return fmt::format("{}.{}", quote_identifier(schema_), name);
}

bool BackfillRows::exists() const {
  const auto result = session_->query(
      "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = $1 AND c.relname IN ('backfill', 'backfill_failure')",
      {schema_});
  return result.text(0, 0) == "2";
}

std::vector<BackfillRow> BackfillRows::read(std::string_view condition) const {
  std::vector<BackfillRow> rows;
  if (!exists()) return rows;
  const auto result = session_->query(fmt::format(
      "SELECT branch, revision, direction, name, state, run_id, table_name, pg_catalog.to_jsonb(key_columns),"
      " pg_catalog.to_jsonb(last_key), pass, total, total_is_exact, found, migrated, unchanged, skipped, batches,"
      " batch_rows, coalesce(paused_by, ''), coalesce({}, ''), {}, {}, coalesce({}, ''),"
      " (SELECT count(*) FROM {} f WHERE (f.branch, f.revision, f.direction, f.name)"
      "   = (b.branch, b.revision, b.direction, b.name))"
      " FROM {} b WHERE {} ORDER BY started_at, branch, revision, name",
      time_sql("paused_at"), time_sql("started_at"), time_sql("updated_at"), time_sql("finished_at"),
      table("backfill_failure"), table("backfill"), condition));
  for (std::size_t i = 0; i < result.rows.size(); ++i) rows.push_back(row_of(result, i));
  return rows;
}

std::vector<BackfillRow> BackfillRows::all() const { return read("true"); }

std::optional<BackfillRow> BackfillRows::find(const BackfillId& id) const {
  auto rows = read(where(id));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::vector<BackfillFailure> BackfillRows::failures(const BackfillId& id, int limit) const {
  std::vector<BackfillFailure> list;
  if (!exists()) return list;
  const auto result = session_->query(fmt::format(
      "SELECT pg_catalog.to_jsonb(key), sqlstate, message, attempts, {} FROM {} WHERE {} ORDER BY key {}",
      time_sql("failed_at"), table("backfill_failure"), where(id), limit > 0 ? fmt::format("LIMIT {}", limit) : ""));
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    list.push_back({.key = key_of_json(result.text(i, 0)),
                    .sqlstate = result.text(i, 1),
                    .message = result.text(i, 2),
                    .attempts = static_cast<int>(result.number(i, 3)),
                    .failed_at = result.text(i, 4)});
  }
  return list;
}

std::string BackfillRows::take_over_sql(const BackfillRow& row) const {
  return fmt::format(
      "INSERT INTO {} AS b (branch, revision, direction, name, state, run_id, table_name, key_columns, last_key, pass,"
      " total, total_is_exact, found, migrated, unchanged, skipped, batches, batch_rows, started_at, updated_at)"
      " VALUES ({}, 'running', {}, {}, {}, NULL, 1, {}, {}, 0, 0, 0, {}, 0, {}, pg_catalog.clock_timestamp(),"
      " pg_catalog.clock_timestamp()) ON CONFLICT (branch, revision, direction, name) DO UPDATE SET run_id ="
      " excluded.run_id, table_name = excluded.table_name, key_columns = excluded.key_columns, updated_at ="
      " excluded.updated_at;",
      table("backfill"), values(row.id), quote_literal(row.run_id), quote_literal(row.table), text_array_sql(row.key),
      row.total, row.total_is_exact, skipped_sql(row.skipped), row.batch_rows);
}

std::string BackfillRows::claim_sql(const BackfillRow& row, bool settled) const {
  const auto& id = row.id.revision;
  const std::string run = quote_literal(row.run_id) + "::pg_catalog.uuid";
  return fmt::format(
      "SELECT coalesce(paused_by, ''), coalesce({}, '') FROM {} WHERE {} AND run_id = {} AND batches = {}"
      " AND EXISTS (SELECT FROM {} v WHERE v.branch = {} AND v.revision = {} AND {}) FOR NO KEY UPDATE;",
      time_sql("paused_at"), table("backfill"), where(row.id), run, row.batches, table("version"),
      quote_literal(id.branch), quote_literal(id.name),
      settled ? "v.state IN ('applied', 'adopted', 'stamped')"
              : fmt::format("v.state = 'in_progress' AND v.run_id = {}", run));
}

std::string BackfillRows::checkpoint_sql(const BackfillRow& row) const {
  return fmt::format("UPDATE {} SET {}, batches = {} WHERE {} AND run_id = {} AND batches = {};", table("backfill"),
                     progress_sql(row), row.batches + 1, where(row.id), quote_literal(row.run_id), row.batches);
}

std::string BackfillRows::finish_sql(const BackfillRow& row) const {
  return fmt::format("UPDATE {} SET {}, state = {}, finished_at = {} WHERE {} AND run_id = {} AND batches = {};",
                     table("backfill"), progress_sql(row), row.done ? "'done'" : "'running'",
                     row.done ? "pg_catalog.clock_timestamp()" : "NULL", where(row.id), quote_literal(row.run_id),
                     row.batches);
}

std::string BackfillRows::quarantine_sql(const BackfillId& id, const BackfillFailure& failure) const {
  return fmt::format(
      "INSERT INTO {} AS f (branch, revision, direction, name, key, sqlstate, message, attempts, failed_at) VALUES ({},"
      " {}, {}, {}, 1, pg_catalog.clock_timestamp()) ON CONFLICT (branch, revision, direction, name, key) DO UPDATE SET"
      " sqlstate = excluded.sqlstate, message = excluded.message, attempts = f.attempts + 1, failed_at ="
      " excluded.failed_at;",
      table("backfill_failure"), values(id), text_array_sql(failure.key), quote_literal(failure.sqlstate),
      quote_literal(log::without_secrets(failure.message)));
}

std::string BackfillRows::release_sql(const BackfillId& id, const RowKey& key) const {
  return fmt::format("DELETE FROM {} WHERE {} AND key = {};", table("backfill_failure"), where(id),
                     text_array_sql(key));
}

std::string BackfillRows::pause_sql(const BackfillId& id) const {
  return fmt::format(
      "UPDATE {} SET paused_by = session_user, paused_at = pg_catalog.clock_timestamp() WHERE {} AND paused_by IS "
      "NULL;",
      table("backfill"), where(id));
}

std::string BackfillRows::resume_sql(const BackfillId& id) const {
  return fmt::format("UPDATE {} SET paused_by = NULL, paused_at = NULL WHERE {} AND paused_by IS NOT NULL;",
                     table("backfill"), where(id));
}

}  // namespace dbmigrate
