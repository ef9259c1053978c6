// A few questions to the catalog; none of them locks a user's relation.
// SPDX-License-Identifier: Apache-2.0
#include "trace/observation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kRelations = R"(
SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relname, c.relkind,
       coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), c.reltablespace, c.relispartition,
       CASE WHEN c.relkind IN ('r', 'm') THEN {} ELSE 0 END, coalesce(i.indrelid, 0), coalesce(i.indisvalid, true),
       coalesce(i.indisunique, false), {},
       CASE WHEN i.indisunique THEN (SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(c.oid, k, true), E'\x1f' ORDER BY k)
                                     FROM pg_catalog.generate_series(1, i.indnkeyatts) k) END,
       CASE WHEN i.indisunique THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END, c.relnatts
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}) AND c.relkind <> 't')";

// NOT NULL is a property of its column here, as it is before PostgreSQL 18.
constexpr std::string_view kConstraints = R"(
SELECT k.oid, k.conname, CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END, k.contype, k.convalidated,
       pg_catalog.format('%I.%I', n.nspname, coalesce(c.relname, t.typname)),
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), E'\x1f' ORDER BY o.n)
        FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY o (attnum, n)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.attnum),
       (SELECT pg_catalog.format('%I.%I', rn.nspname, r.relname) FROM pg_catalog.pg_class r
          JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = k.confrelid),
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), E'\x1f' ORDER BY o.n)
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY o (attnum, n)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.attnum),
       pg_catalog.pg_get_expr(k.conbin, k.conrelid)
FROM pg_catalog.pg_constraint k
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid AND k.conrelid = 0
  JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}) AND k.contype <> 'n')";

constexpr std::string_view kNotNull = R"(
SELECT a.attrelid, a.attnum, pg_catalog.quote_ident(a.attname), a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}))";

constexpr std::string_view kLocks = R"(
SELECT l.relation, l.mode, l.granted FROM pg_catalog.pg_locks l
WHERE l.locktype = 'relation' AND l.pid = {}
  AND l.database IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())))";

Oid oid_of(const std::string& text) { return static_cast<Oid>(std::stoul(text)); }

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> list;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\x1f'), rest.size());
    list.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return list;
}

Result only(std::vector<Result> results) { return std::move(results.back()); }

}  // namespace

const ObservedRelation* Observation::find(Oid oid) const {
  const auto found = relations.find(oid);
  return found != relations.end() ? &found->second : nullptr;
}

namespace {

void read_relations(Session& session, const std::string& ours, Counters counters, Observation& seen) {
  const std::string_view scans = counters == Counters::of_transaction ? "pg_catalog.pg_stat_get_xact_numscans(c.oid)"
                                                                      : "pg_catalog.pg_stat_get_numscans(c.oid)";
  const std::string_view nulls = session.server().major() >= 15 ? "coalesce(i.indnullsnotdistinct, false)" : "false";
  const auto rows = only(session.run(fmt::format(kRelations, scans, nulls, ours)));
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return rows.text(row, column); };
    const auto oid = oid_of(text(0));
    seen.relations.emplace(oid, ObservedRelation{.oid = oid,
                                                 .name = text(1),
                                                 .bare = text(2),
                                                 .kind = text(3).front(),
                                                 .file = oid_of(text(4)),
                                                 .tablespace = oid_of(text(5)),
                                                 .is_partition = text(6) == "t",
                                                 .scans = std::stoll(text(7)),
                                                 .table = oid_of(text(8)),
                                                 .valid = text(9) == "t",
                                                 .unique = text(10) == "t",
                                                 .nulls_are_equal = text(11) == "t",
                                                 .keys = list_of(text(12)),
                                                 .predicate = text(13)});
    seen.columns[oid] = std::stoi(text(14));
  }
}

void read_constraints(Session& session, const std::string& ours, Observation& seen) {
  const auto rows = only(session.run(fmt::format(kConstraints, ours)));
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return rows.text(row, column); };
    seen.constraints[{oid_of(text(2)), text(1)}] = {.oid = oid_of(text(0)),
                                                    .name = text(1),
                                                    .owner = text(5),
                                                    .type = text(3).front(),
                                                    .valid = text(4) == "t",
                                                    .columns = list_of(text(6)),
                                                    .references = text(7),
                                                    .referenced_columns = list_of(text(8)),
                                                    .expression = text(9)};
  }
}

void read_not_null(Session& session, const std::string& ours, Observation& seen) {
  const auto rows = only(session.run(fmt::format(kNotNull, ours)));
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    seen.not_null[{oid_of(rows.text(row, 0)), std::stoi(rows.text(row, 1))}] = {.column = rows.text(row, 2),
                                                                                .filled = rows.text(row, 3) == "t"};
  }
}

}  // namespace

Observation observe(Session& session, std::string_view version_schema, Counters counters) {
  Observation seen;
  const auto ours = sql::quote_literal(version_schema);
  read_relations(session, ours, counters, seen);
  read_constraints(session, ours, seen);
  read_not_null(session, ours, seen);
  return seen;
}

std::vector<ObservedLock> observe_locks(Session& session, int pid) {
  const auto who = pid == 0 ? std::string("pg_catalog.pg_backend_pid()") : std::to_string(pid);
  const auto rows = only(session.run(fmt::format(kLocks, who)));
  std::vector<ObservedLock> locks;
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    const auto mode = lock_mode_of_server(rows.text(row, 1));
    if (mode) locks.push_back({oid_of(rows.text(row, 0)), *mode, rows.text(row, 2) == "t"});
  }
  return locks;
}

RelationKind relation_kind(char relkind) {
  switch (relkind) {
    case 'p':
      return RelationKind::partitioned_table;
    case 'm':
      return RelationKind::materialized_view;
    case 'v':
      return RelationKind::view;
    case 'f':
      return RelationKind::foreign_table;
    case 'S':
      return RelationKind::sequence;
    case 'c':
      return RelationKind::composite_type;
    case 'i':
    case 'I':
      return RelationKind::index;
    default:
      return RelationKind::table;
  }
}

}  // namespace dbmigrate
