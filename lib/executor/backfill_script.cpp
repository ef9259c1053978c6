// The walk in PL/pgSQL.
// SPDX-License-Identifier: Apache-2.0
#include "executor/backfill_script.hpp"

#include <fmt/format.h>

#include "ledger/sql_text.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_identifier;
using sql::quote_literal;

constexpr int kBatchRows = 1'000;

template <class Each>
std::string joined(const std::vector<std::string>& columns, const Each& each) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) text += (i > 0 ? ", " : "") + each(i, quote_identifier(columns[i]));
  return text;
}

/// Rows that are due and that no reason skips.
std::string condition_of(const Backfill& backfill) {
  std::string text = backfill.where.empty() ? "true" : fmt::format("({}\n)", backfill.where);
  for (const auto& skip : backfill.skip) text += fmt::format(" AND ({}\n) IS NOT TRUE", skip.when);
  return text;
}

std::string selection(const Backfill& backfill, const std::string& columns, const std::string& behind) {
  return quote_literal(
      fmt::format("INSERT INTO pg_temp.batch SELECT {0} FROM {1} WHERE {2} AND {3} ORDER BY {0} LIMIT {4}", columns,
                  backfill.table, behind, condition_of(backfill), kBatchRows));
}

std::string record(const Backfill& backfill, const BackfillId& id, std::string_view schema, std::string_view run_id) {
  const auto last_key =
      joined(backfill.key, [](std::size_t i, const std::string&) { return fmt::format("at_{}::text", i + 1); });
  return fmt::format(
      "  INSERT INTO {}.backfill (branch, revision, direction, name, state, run_id, table_name, key_columns, "
      "last_key,\n"
      "    pass, total, total_is_exact, found, migrated, unchanged, skipped, batches, batch_rows, started_at, "
      "updated_at,\n"
      "    finished_at) VALUES ({}, {}, {}, {}, 'done', {}, {}, {},\n"
      "    CASE WHEN walked > 0 THEN ARRAY[{}] END, 1, walked, true, walked, walked, 0, '{{}}', batches, {}, begun,\n"
      "    clock_timestamp(), clock_timestamp()) ON CONFLICT (branch, revision, direction, name) DO NOTHING;\n",
      quote_identifier(schema), quote_literal(id.revision.branch), quote_literal(id.revision.name),
      quote_literal(name_of(id.direction)), quote_literal(id.name), quote_literal(run_id),
      quote_literal(backfill.table), text_array_sql(backfill.key), last_key, kBatchRows);
}

}  // namespace

std::string backfill_script(const Backfill& backfill, const BackfillId& id, std::string_view version_schema,
                            std::string_view run_id) {
  const auto& key = backfill.key;
  const auto columns = joined(key, [](std::size_t, const std::string& name) { return name; });
  const auto down = joined(key, [](std::size_t, const std::string& name) { return name + " DESC"; });
  const auto at = joined(key, [](std::size_t i, const std::string&) { return fmt::format("at_{}", i + 1); });
  const auto given = joined(key, [](std::size_t i, const std::string&) { return fmt::format("${}", i + 1); });
  std::string text = "DECLARE\n";
  for (std::size_t i = 0; i < key.size(); ++i) {
    text += fmt::format("  at_{} {}.{}%TYPE;\n", i + 1, backfill.table, quote_identifier(key[i]));
  }
  text +=
      "  taken bigint;\n  walked bigint := 0;\n  batches bigint := 0;\n  begun timestamptz := "
      "clock_timestamp();\nBEGIN\n";
  text += fmt::format(
      "  CREATE TEMPORARY TABLE batch ON COMMIT DELETE ROWS AS SELECT {} FROM {} WITH NO DATA;\n  COMMIT;\n", columns,
      backfill.table);
  text += "  LOOP\n    IF walked = 0 THEN\n";
  text += fmt::format("      EXECUTE {};\n    ELSE\n", selection(backfill, columns, "true"));
  text += fmt::format("      EXECUTE {} USING {};\n    END IF;\n",
                      selection(backfill, columns, fmt::format("({}) > ({})", columns, given)), at);
  text += "    GET DIAGNOSTICS taken = ROW_COUNT;\n    EXIT WHEN taken = 0;\n";
  text +=
      fmt::format("    EXECUTE {} INTO {};\n",
                  quote_literal(fmt::format("SELECT {} FROM pg_temp.batch ORDER BY {} LIMIT 1", columns, down)), at);
  text += fmt::format("    EXECUTE {};\n", quote_literal(backfill.sql.text));
  text += "    walked := walked + taken;\n    batches := batches + 1;\n    COMMIT;\n  END LOOP;\n";
  text += record(backfill, id, version_schema, run_id);
  text += "  DROP TABLE pg_temp.batch;\nEND\n";
  return fmt::format("{}\nANALYZE {};\n", do_block(text), backfill.table);
}

}  // namespace dbmigrate
