// The questions of the data-loss guard.
// SPDX-License-Identifier: Apache-2.0
#include "executor/data_loss.hpp"

#include <fmt/format.h>

#include <set>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

std::string quoted(const sql::ObjectName& name) {
  const auto last = sql::quote_identifier(name.name);
  return name.schema.empty() ? last : sql::quote_identifier(name.schema) + "." + last;
}

std::string for_people(const sql::ObjectName& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

std::int64_t count_of(Session& session, const std::string& rows) {
  return session.query(fmt::format("SELECT count(*) FROM (\n{}\n) AS lost", rows)).number(0, 0);
}

bool is_table(Session& session, const sql::ObjectName& table) {
  return session
             .query(
                 "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)"
                 " AND relkind IN ('r', 'p'))",
                 {quoted(table)})
             .text(0, 0) == "t";
}

/// The rows whose column was written: other than its default, or than NULL where it has none or a changing one.
/// Empty when there is no such column any more. Generated columns hold nothing of their own.
std::string rows_with_value(Session& session, const sql::AddedColumn& column) {
  const auto found = session.query(
      "SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '' OR a.attidentity <> '',"
      " coalesce((SELECT pg_catalog.bool_or(p.provolatile = 'v') FROM pg_catalog.pg_depend dep JOIN pg_catalog.pg_proc "
      "p"
      " ON p.oid = dep.refobjid WHERE dep.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND dep.objid = d.oid"
      " AND dep.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass), false)"
      " FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = "
      "a.attnum"
      " WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped",
      {quoted(column.table), column.column});
  if (found.rows.empty() || found.text(0, 1) == "t") return "";
  const auto name = sql::quote_identifier(column.column);
  const auto& default_value = found.text(0, 0);
  const bool constant = found.rows[0][0] && found.text(0, 2) == "f" && default_value.find('(') == std::string::npos;
  return fmt::format("SELECT FROM {} WHERE {} IS DISTINCT FROM {}", quoted(column.table), name,
                     constant ? "(" + default_value + ")" : "NULL");
}

/// Tables that the plan drops as a whole are not counted again for their columns.
std::vector<DataLoss> losses_of(Session& session, const PreparedRevision& revision, std::set<std::string>& counted) {
  std::vector<DataLoss> losses;
  const auto add = [&](std::string what, std::int64_t rows) {
    if (rows > 0) losses.push_back({.id = revision.id, .what = std::move(what), .rows = rows});
  };
  for (const auto& loss : revision.losses.queries) {
    std::string rows = loss.rows.text;
    while (!rows.empty() && (rows.back() == ';' || rows.back() == ' ' || rows.back() == '\n')) rows.pop_back();
    add(loss.because, count_of(session, rows));
  }
  for (const auto& table : revision.losses.tables) {
    if (!is_table(session, table) || !counted.insert(quoted(table)).second) continue;
    add("table " + for_people(table), count_of(session, "SELECT FROM " + quoted(table)));
  }
  for (const auto& column : revision.losses.columns) {
    if (!is_table(session, column.table) || counted.contains(quoted(column.table))) continue;
    const auto rows = rows_with_value(session, column);
    if (!rows.empty())
      add(fmt::format("column {}.{}", for_people(column.table), column.column), count_of(session, rows));
  }
  return losses;
}

}  // namespace

std::vector<DataLoss> data_losses(Session& session, const std::vector<PreparedRevision>& plan) {
  std::vector<DataLoss> all;
  std::set<std::string> counted;
  for (const auto& revision : plan) {
    if (revision.direction != Direction::downgrade) continue;
    try {
      const auto losses = losses_of(session, revision, counted);
      all.insert(all.end(), losses.begin(), losses.end());
    } catch (const ServerError& error) {
      // The author's query may speak of what an earlier step of the plan takes away; it is asked again in its turn.
      if (error.connection_lost() || &revision == &plan.front()) throw;
    }
  }
  return all;
}

void require_no_loss(Session& session, const PreparedRevision& revision) {
  if (revision.direction != Direction::downgrade) return;
  for (const auto& table : revision.losses.tables) {
    if (is_table(session, table)) session.run("LOCK TABLE " + quoted(table) + " IN ACCESS EXCLUSIVE MODE");
  }
  std::set<std::string> counted;
  const auto losses = losses_of(session, revision, counted);
  if (!losses.empty()) throw_data_loss(losses);
}

void throw_data_loss(const std::vector<DataLoss>& losses) {
  std::int64_t rows = 0;
  std::string detail;
  for (const auto& loss : losses) {
    rows += loss.rows;
    detail += fmt::format("{}{}: {} row{} ({}).", detail.empty() ? "" : "\n", loss.id.text(), loss.rows,
                          loss.rows == 1 ? "" : "s", loss.what);
  }
  throw Error({.code = ErrorCode::data_loss,
               .message = fmt::format("the downgrade would lose {} row{}", rows, rows == 1 ? "" : "s"),
               .detail = std::move(detail),
               .hint = "Save them first; --allow-data-loss goes on without."});
}

}  // namespace dbmigrate
