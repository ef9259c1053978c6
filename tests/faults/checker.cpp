// Questions to the catalog and to our tables.
// SPDX-License-Identifier: Apache-2.0
#include "faults/checker.hpp"

#include <fmt/format.h>

#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace dbmigrate::faults {
namespace {

constexpr std::string_view kCatalog = R"(
WITH ours AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
)
SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
  SELECT format('relation %I.%I %s', nspname, relname, relkind) FROM pg_class c JOIN ours o ON o.oid = relnamespace
  UNION ALL
  SELECT format('column %I.%I.%I %s %s %s', nspname, relname, attname, format_type(atttypid, atttypmod), attnotnull,
                pg_get_expr(adbin, adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN ours o ON o.oid = relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('index %s valid=%s ready=%s', pg_get_indexdef(indexrelid), indisvalid, indisready)
  FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN ours o ON o.oid = relnamespace
  UNION ALL
  SELECT format('constraint %I.%I %s %s', nspname, conname, pg_get_constraintdef(k.oid), convalidated)
  FROM pg_constraint k JOIN ours o ON o.oid = connamespace
  UNION ALL
  SELECT format('function %I.%I %s', nspname, proname, md5(prosrc)) FROM pg_proc JOIN ours o ON o.oid = pronamespace
  UNION ALL
  SELECT format('trigger %I on %s %s', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT format('view %I.%I %s', nspname, relname, md5(pg_get_viewdef(c.oid)))
  FROM pg_class c JOIN ours o ON o.oid = relnamespace WHERE relkind = 'v'
  UNION ALL
  SELECT format('extension %I %s', extname, extversion) FROM pg_extension
) lines (line)
)";

constexpr std::string_view kEffects = R"(
SELECT string_agg(format('%s x %s', what, n), E'\n' ORDER BY what)
FROM (SELECT what, count(*) AS n FROM effects.effects GROUP BY what) counted
)";

constexpr std::string_view kVersion = R"(
SELECT string_agg(format('%s@%s %s %s %s/%s %s %s %s', branch, revision, state, direction, steps_done, steps_total,
                         step_hashes, parents, checksum), E'\n' ORDER BY branch, revision)
FROM dbmigrate.version
)";

constexpr std::string_view kHistory = R"(
SELECT string_agg(format('%s %s@%s x %s', event, branch, revision, n), E'\n' ORDER BY event, branch, revision)
FROM (SELECT event, branch, revision, count(*) AS n FROM dbmigrate.history
      WHERE event IN ('upgrade', 'downgrade') GROUP BY 1, 2, 3) counted
)";

constexpr std::string_view kBackfills = R"(
SELECT string_agg(format('backfill %s@%s %s %s: %s, %s found, %s migrated, %s unchanged, skipped %s, %s failed', branch,
                         revision, direction, name, state, found, migrated, unchanged, skipped,
                         (SELECT count(*) FROM dbmigrate.backfill_failure)),
                  E'\n' ORDER BY branch, revision, direction, name)
FROM dbmigrate.backfill
)";

constexpr std::string_view kTables = R"(
SELECT string_agg(format('SELECT %L AS name, to_jsonb(t)::text AS row FROM %I.%I t', nspname || '.' || relname, nspname,
                         relname), ' UNION ALL ')
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'effects', 'dbmigrate')
)";

constexpr std::string_view kLeftBehind = R"(
SELECT string_agg(line, '; ') FROM (
  SELECT format('session %s (%s, %s): %s', pid, application_name, state, left(query, 80)) FROM pg_stat_activity
  WHERE application_name LIKE 'dbmigrate%' AND datname = current_database() AND state <> '{}'
  UNION ALL
  SELECT format('advisory lock of %s', pid) FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
) lines (line)
)";

constexpr std::string_view kEffectsTable = "CREATE SCHEMA effects; CREATE TABLE effects.effects (what text);";

std::string ask(Session& session, std::string_view sql) { return session.run(sql).back().text(0, 0); }

std::vector<TableRow> rows_in(Session& session) {
  const auto question = ask(session, kTables);
  std::vector<TableRow> rows;
  if (question.empty()) return rows;
  const auto answer = session.run(question).back();
  for (std::size_t i = 0; i < answer.rows.size(); ++i) rows.push_back({answer.text(i, 0), answer.text(i, 1)});
  return rows;
}

/// Lines of `left` that `right` does not have.
void list_missing(const std::string& left, const std::string& right, std::string_view mark, std::string& out) {
  const std::string all = "\n" + right + "\n";
  std::istringstream lines(left);
  for (std::string line; std::getline(lines, line);) {
    if (all.find("\n" + line + "\n") == std::string::npos) out += fmt::format("  {} {}\n", mark, line);
  }
}

}  // namespace

Picture picture_of(Session& session, const Before& before) {
  Picture picture{.catalog = ask(session, kCatalog),
                  .effects = ask(session, kEffects),
                  .rows = canonical_rows(rows_in(session), before),
                  .version = {},
                  .history = {},
                  .backfills = {}};
  if (session.run("SELECT to_regclass('dbmigrate.version') IS NULL").back().text(0, 0) == "t") return picture;
  picture.version = ask(session, kVersion);
  picture.history = ask(session, kHistory);
  picture.backfills = ask(session, kBackfills);
  return picture;
}

Before everything_in(Session& session) {
  return {.ids = ids_in(rows_in(session)),
          .moment = ask(session, "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US')")};
}

std::string difference(const Picture& expected, const Picture& found) {
  std::string text;
  for (const auto part : {&Picture::catalog, &Picture::effects, &Picture::rows, &Picture::version, &Picture::history,
                          &Picture::backfills}) {
    list_missing(expected.*part, found.*part, "missing:", text);
    list_missing(found.*part, expected.*part, "unexpected:", text);
  }
  return text;
}

std::string left_behind(Session& session, Route route, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto left = ask(session, fmt::format(fmt::runtime(kLeftBehind), route == Route::pooled ? "idle" : ""));
    if (left.empty() || std::chrono::steady_clock::now() > deadline) return left;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void reset(Session& session) {
  const auto schemas = session.run(
      "RESET ALL; SET timezone = 'UTC'; SET client_min_messages = warning; SELECT string_agg(format('DROP SCHEMA %I "
      "CASCADE', nspname), ';')"
      " FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'");
  session.run(schemas.back().text(0, 0) + "; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public;" +
              std::string(kEffectsTable));
}

}  // namespace dbmigrate::faults
