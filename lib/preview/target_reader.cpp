// Catalogs, statistics and activity of the target.
// SPDX-License-Identifier: Apache-2.0
#include "preview/target_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

/// Counting that much takes about a tenth of a second.
constexpr std::int64_t kCountedBytes = std::int64_t{64} << 20U;

/// `ARRAY['public.users', …]::text[]`
std::string array_of(const std::vector<std::string>& names) {
  std::string text = "ARRAY[";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i > 0 ? ", " : "") + sql::quote_literal(names[i]);
  return text + "]::pg_catalog.text[]";
}

std::vector<std::string> first_column(const Answered& answer) {
  std::vector<std::string> names;
  if (!answer.result) return names;
  for (std::size_t row = 0; row < answer.result->rows.size(); ++row) names.push_back(answer.result->text(row, 0));
  return names;
}

// Age in milliseconds. What other users do is shown to members of pg_read_all_stats; their locks are shown to all.
constexpr std::string_view kSessions = R"(
WITH held AS (
  SELECT l.pid, pg_catalog.array_agg(DISTINCT l.relation::pg_catalog.regclass::pg_catalog.text || ' (' || l.mode || ')') AS locks
  FROM pg_catalog.pg_locks l
  WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND l.relation IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest({}) t)
  GROUP BY l.pid)
SELECT a.pid, coalesce(a.usename, ''), coalesce(pg_catalog.host(a.client_addr), 'local'), coalesce(a.application_name, ''),
       coalesce(a.state, a.backend_type, ''),
       coalesce((extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::pg_catalog.int8, 0),
       pg_catalog.left(coalesce(a.query, ''), 200), coalesce(pg_catalog.array_to_string(h.locks, E'\x1f'), '')
FROM pg_catalog.pg_stat_activity a LEFT JOIN held h USING (pid)
WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database()
  AND (h.pid IS NOT NULL OR a.xact_start < pg_catalog.clock_timestamp() - interval '1 minute'
       OR (a.state LIKE 'idle in transaction%' AND a.state_change < pg_catalog.clock_timestamp() - interval '5 seconds'))
ORDER BY a.xact_start NULLS LAST LIMIT 20)";

}  // namespace

Answered TargetReader::ask(const std::string& query) {
  try {
    session_.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    session_.run(fmt::format("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '{}ms'", limit_.count()));
    auto results = session_.run(query);
    session_.run("COMMIT");
    return {.result = std::move(results.back()), .why = "", .sqlstate = ""};
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    if (session_.status() != TransactionStatus::idle) session_.run("ROLLBACK");
    return {.result = std::nullopt, .why = error.info().message, .sqlstate = error.sqlstate()};
  }
}

std::map<std::string, TableSize> table_sizes(TargetReader& reader, const std::vector<std::string>& tables) {
  std::map<std::string, TableSize> sizes;
  if (tables.empty()) return sizes;
  const auto answer = reader.ask(fmt::format(
      "SELECT t, coalesce(pg_catalog.pg_table_size(c.oid), 0), coalesce(pg_catalog.pg_indexes_size(c.oid), 0),"
      " greatest(c.reltuples, 0)::pg_catalog.int8"
      " FROM pg_catalog.unnest({}) t JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t)"
      " WHERE c.relkind IN ('r', 'm', 'p')",
      array_of(tables)));
  if (!answer.result) return sizes;
  for (std::size_t row = 0; row < answer.result->rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return answer.result->text(row, column); };
    TableSize size{.table = text(0),
                   .rows = std::stoll(text(3)),
                   .rows_are_exact = false,
                   .bytes = std::stoll(text(1)),
                   .index_bytes = std::stoll(text(2))};
    if (size.bytes <= kCountedBytes) {
      const auto counted = reader.ask(fmt::format("SELECT count(*) FROM {}", size.table));
      if (counted.result) {
        size.rows = std::stoll(counted.result->text(0, 0));
        size.rows_are_exact = true;
      }
    }
    sizes.emplace(size.table, size);
  }
  return sizes;
}

std::vector<StandingBy> sessions_in_the_way(TargetReader& reader, const std::vector<std::string>& tables) {
  const auto answer = reader.ask(fmt::format(kSessions, array_of(tables)));
  std::vector<StandingBy> sessions;
  if (!answer.result) return sessions;
  for (std::size_t row = 0; row < answer.result->rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return answer.result->text(row, column); };
    StandingBy one{.who = {.pid = std::stoi(text(0)),
                           .user = text(1),
                           .host = text(2),
                           .application = text(3),
                           .state = text(4),
                           .age = Milliseconds{std::stoll(text(5))},
                           .query = text(6)},
                   .relations = {}};
    std::string rest = text(7);
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\x1f'), rest.size());
      one.relations.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
    sessions.push_back(std::move(one));
  }
  return sessions;
}

std::vector<std::pair<std::string, std::string>> settings_that_matter(TargetReader& reader) {
  const auto answer = reader.ask(
      "SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ('TimeZone', 'DateStyle', 'IntervalStyle',"
      " 'search_path', 'standard_conforming_strings', 'backslash_quote', 'bytea_output', 'xmlbinary', 'array_nulls',"
      " 'check_function_bodies', 'default_toast_compression', 'transform_null_equals', 'extra_float_digits')"
      " ORDER BY name");
  std::vector<std::pair<std::string, std::string>> settings;
  if (!answer.result) return settings;
  for (std::size_t row = 0; row < answer.result->rows.size(); ++row) {
    settings.emplace_back(answer.result->text(row, 0), answer.result->text(row, 1));
  }
  return settings;
}

std::vector<std::string> role_names(TargetReader& reader) {
  return first_column(reader.ask("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"));
}

std::vector<std::string> tablespace_names(TargetReader& reader) {
  return first_column(reader.ask("SELECT spcname FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_' ORDER BY 1"));
}

std::vector<std::string> relation_names(TargetReader& reader) {
  return first_column(reader.ask(
      "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
      " AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"));
}

std::vector<std::string> column_names(TargetReader& reader, const std::string& relation) {
  return first_column(reader.ask(
      fmt::format("SELECT pg_catalog.quote_ident(attname) FROM pg_catalog.pg_attribute"
                  " WHERE attrelid = pg_catalog.to_regclass({}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                  sql::quote_literal(relation))));
}

}  // namespace dbmigrate
