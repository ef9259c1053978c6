// Looks for the index of the key, and says why one will not do.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/walk_key.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/json.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_identifier;

template <class Each>
std::string joined(std::size_t count, const Each& each) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + each(i);
  return text;
}

[[noreturn]] void refuse(const Backfill& backfill, std::string message, std::string detail, std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = Location{.file = backfill.sql.file, .line = backfill.sql.first_line}});
}

struct Index {
  std::string name;
  std::vector<std::string> columns;
  std::string fault;  ///< why it cannot serve; empty = it can
};

/// The table's unique indexes with what is wrong with each.
std::vector<Index> unique_indexes(Session& session, const std::string& table) {
  const auto result = session.query(
      "SELECT c.relname, pg_catalog.to_jsonb(ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey::int2[])"
      "   WITH ORDINALITY AS k(attnum, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid"
      "   AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts ORDER BY k.place)),"
      " CASE WHEN NOT i.indisvalid THEN 'is not valid'"
      " WHEN i.indpred IS NOT NULL THEN 'is partial'"
      " WHEN i.indexprs IS NOT NULL THEN 'is on expressions'"
      " WHEN m.amname <> 'btree' THEN 'is no btree'"
      " WHEN (SELECT count(DISTINCT o.flags & 1) FROM pg_catalog.unnest(i.indoption::int2[]) AS o(flags)) > 1"
      "   THEN 'is ordered up in one column and down in another'"
      " WHEN EXISTS (SELECT FROM pg_catalog.unnest(i.indclass::oid[]) AS o(id)"
      "   JOIN pg_catalog.pg_opclass p ON p.oid = o.id WHERE NOT p.opcdefault)"
      "   THEN 'has another operator class than the columns'' own'"
      " WHEN EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(i.indcollation::oid[]),"
      "   pg_catalog.unnest(i.indkey::int2[])) WITH ORDINALITY AS k(collation_id, attnum, place) JOIN "
      "pg_catalog.pg_attribute a"
      "   ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
      "   WHERE k.place <= i.indnkeyatts AND a.attcollation <> k.collation_id)"
      "   THEN 'has another collation than the columns' ELSE '' END"
      " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
      " JOIN pg_catalog.pg_am m ON m.oid = c.relam"
      " WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisunique ORDER BY NOT i.indisprimary, c.relname",
      {table});
  std::vector<Index> indexes;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    indexes.push_back({result.text(i, 0), key_of_json(result.text(i, 1)), result.text(i, 2)});
  }
  return indexes;
}

bool same_columns(std::vector<std::string> one, std::vector<std::string> other) {
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  return one == other;
}

std::vector<std::string> index_order(Session& session, const Backfill& backfill) {
  const auto indexes = unique_indexes(session, backfill.table);
  std::string faults;
  for (const auto& index : indexes) {
    if (!same_columns(index.columns, backfill.key)) continue;
    if (index.fault.empty()) return index.columns;
    faults += fmt::format("{}Index {} {}.", faults.empty() ? "" : " ", index.name, index.fault);
  }
  const auto usable = std::find_if(indexes.begin(), indexes.end(), [](const auto& one) { return one.fault.empty(); });
  refuse(backfill,
         fmt::format("({}) is no key of {} that a backfill can walk", fmt::join(backfill.key, ", "), backfill.table),
         faults.empty() ? "No unique index has exactly these columns." : faults,
         usable == indexes.end()
             ? "Give the table a primary key, or another unique index on columns that are NOT NULL."
             : fmt::format("`key: [{}]` would do: index {}.", fmt::join(usable->columns, ", "), usable->name));
}

}  // namespace

std::string WalkKey::list(const std::string& prefix) const {
  return joined(columns.size(), [&](std::size_t i) { return prefix + quote_identifier(columns[i]); });
}

std::string WalkKey::texts(const std::string& prefix) const {
  return joined(columns.size(), [&](std::size_t i) { return prefix + quote_identifier(columns[i]) + "::text"; });
}

std::string WalkKey::row(const std::string& prefix) const {
  return columns.size() == 1 ? list(prefix) : fmt::format("({})", list(prefix));
}

std::string WalkKey::value(const RowKey& key) const {
  const auto text = joined(
      columns.size(), [&](std::size_t i) { return fmt::format("{}::{}", sql::quote_literal(key.at(i)), types[i]); });
  return columns.size() == 1 ? text : fmt::format("({})", text);
}

bool table_exists(Session& session, const Backfill& backfill) {
  return session.query("SELECT 1 WHERE pg_catalog.to_regclass($1) IS NOT NULL", {backfill.table}).rows.size() == 1;
}

WalkKey walk_key(Session& session, const Backfill& backfill) {
  if (!table_exists(session, backfill)) {
    refuse(backfill, fmt::format("table {} does not exist", backfill.table), "A backfill walks a table that is there.",
           "Look at `table` of the backfill and at the search_path of the role.");
  }
  WalkKey key;
  const auto name = session.query(
      "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.oid = pg_catalog.to_regclass($1)",
      {backfill.table});
  key.table = quote_identifier(name.text(0, 0)) + "." + quote_identifier(name.text(0, 1));
  key.columns = index_order(session, backfill);
  for (const auto& column : key.columns) {
    const auto facts = session.query(
        "SELECT pg_catalog.format_type(atttypid, atttypmod), attnotnull FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass($1) AND attname = $2",
        {backfill.table, column});
    if (facts.text(0, 1) != "t") {
      refuse(backfill, fmt::format("key column {} of {} may be NULL", column, backfill.table),
             "A unique index lets several rows with NULL in, and a walk would leave them out.",
             "Make the column NOT NULL, or choose another key.");
    }
    key.types.push_back(facts.text(0, 0));
  }
  return key;
}

}  // namespace dbmigrate
