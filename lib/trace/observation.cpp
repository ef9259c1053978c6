// Three questions to the catalog; none of them locks a user's relation.
// SPDX-License-Identifier: Apache-2.0
#include "trace/observation.hpp"

#include <fmt/format.h>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kRelations = R"(
SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relname, c.relkind,
       coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), c.reltablespace, c.relispartition,
       CASE WHEN c.relkind IN ('r', 'm') THEN {} ELSE 0 END, coalesce(i.indrelid, 0), coalesce(i.indisvalid, true)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}) AND c.relkind <> 't')";

// NOT NULL is a property of its column here, as it is before PostgreSQL 18.
constexpr std::string_view kConstraints = R"(
SELECT k.oid, k.conname, CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END, k.contype, k.convalidated,
       pg_catalog.format('%I.%I', n.nspname, coalesce(c.relname, t.typname))
FROM pg_catalog.pg_constraint k
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid AND k.conrelid = 0
  JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}) AND k.contype <> 'n')";

constexpr std::string_view kLocks = R"(
SELECT l.relation, l.mode, l.granted FROM pg_catalog.pg_locks l
WHERE l.locktype = 'relation' AND l.pid = {}
  AND l.database IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())))";

Oid oid_of(const std::string& text) { return static_cast<Oid>(std::stoul(text)); }

Result only(std::vector<Result> results) { return std::move(results.back()); }

}  // namespace

const ObservedRelation* Observation::find(Oid oid) const {
  const auto found = relations.find(oid);
  return found != relations.end() ? &found->second : nullptr;
}

Observation observe(Session& session, std::string_view version_schema, Counters counters) {
  Observation seen;
  const auto ours = sql::quote_literal(version_schema);
  const std::string_view scans = counters == Counters::of_transaction ? "pg_catalog.pg_stat_get_xact_numscans(c.oid)"
                                                                      : "pg_catalog.pg_stat_get_numscans(c.oid)";
  const auto relations = only(session.run(fmt::format(kRelations, scans, ours)));
  for (std::size_t row = 0; row < relations.rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return relations.text(row, column); };
    ObservedRelation one{.oid = oid_of(text(0)),
                         .name = text(1),
                         .bare = text(2),
                         .kind = text(3).front(),
                         .file = oid_of(text(4)),
                         .tablespace = oid_of(text(5)),
                         .is_partition = text(6) == "t",
                         .scans = std::stoll(text(7)),
                         .table = oid_of(text(8)),
                         .valid = text(9) == "t"};
    const auto oid = one.oid;
    seen.relations.emplace(oid, std::move(one));
  }
  const auto constraints = only(session.run(fmt::format(kConstraints, ours)));
  for (std::size_t row = 0; row < constraints.rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return constraints.text(row, column); };
    seen.constraints[{oid_of(text(2)), text(1)}] = {
        .oid = oid_of(text(0)), .name = text(1), .owner = text(5), .type = text(3).front(), .valid = text(4) == "t"};
  }
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
