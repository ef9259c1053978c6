// What is there, what is being built, what is left over.
// SPDX-License-Identifier: Apache-2.0
#include "executor/concurrent_index.hpp"

#include <fmt/format.h>

#include "core/interrupt.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

struct IndexState {
  bool exists = false;
  bool valid = false;
  bool being_built = false;
  std::string qualified;  ///< quoted
};

std::string quoted(const sql::ObjectName& name) {
  const auto last = sql::quote_identifier(name.name);
  return name.schema.empty() ? last : sql::quote_identifier(name.schema) + "." + last;
}

/// pg_stat_progress_create_index is how PostgreSQL tells a build under way from one that died (since 12).
IndexState state_of(Session& session, const sql::ConcurrentIndex& index) {
  const auto result = session.query(
      "SELECT i.indisvalid AND i.indisready, EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p"
      " WHERE p.index_relid = c.oid), pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)"
      " FROM pg_catalog.pg_class t JOIN pg_catalog.pg_class c ON c.relnamespace = t.relnamespace"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid AND i.indrelid = t.oid"
      " WHERE t.oid = pg_catalog.to_regclass($1) AND c.relname = $2",
      {quoted(index.table), index.index.name});
  if (result.rows.empty()) return {};
  return {.exists = true,
          .valid = result.text(0, 0) == "t",
          .being_built = result.text(0, 1) == "t",
          .qualified = result.text(0, 2)};
}

/// A build that a killed run left on the server may still be running.
IndexState settled_state(Worker& worker, const RevisionId& id, const sql::ConcurrentIndex& index) {
  bool told = false;
  while (true) {
    auto state = state_of(*worker.session, index);
    if (!state.being_built) return state;
    if (!told) worker.observer.on(WaitingForIndex{.id = id, .index = state.qualified});
    told = true;
    if (!worker.clock.sleep(Milliseconds{200})) throw_if_interrupted();
  }
}

bool exists(Session& session, const sql::ObjectName& index) {
  return session.query("SELECT pg_catalog.to_regclass($1) IS NOT NULL", {quoted(index)}).text(0, 0) == "t";
}

}  // namespace

void build_index(Worker& worker, const RevisionId& id, const sql::ConcurrentIndex& index, std::string_view statement,
                 Resumed resumed) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    const auto state = settled_state(worker, id, index);
    if (state.valid && (resumed == Resumed::yes || attempt > 1)) {
      worker.observer.on(IndexRecovered{.id = id, .index = state.qualified, .dropped = false});
      return;
    }
    if (state.exists && !state.valid) {
      worker.session->run("DROP INDEX CONCURRENTLY IF EXISTS " + state.qualified);
      worker.observer.on(IndexRecovered{.id = id, .index = state.qualified, .dropped = true});
    }
    try {
      worker.session->run(statement);
    } catch (const ServerError& error) {
      // A killed run's statement can reach its server process after our look: then the name is taken by the very index
      // that we want, and the next look waits for it. A deadlock leaves an INVALID index for the next look to drop.
      const bool raced = error.sqlstate() == "42P07" && !state.valid;
      if ((!raced && error.sqlstate() != "40P01") || attempt == kAttempts) throw;
      continue;
    }
    if (state_of(*worker.session, index).valid) return;
    if (attempt == kAttempts) {
      throw Error({.code = ErrorCode::part_way,
                   .message = fmt::format("index {} is not valid after it was built", index.index.name),
                   .hint = "Look at the server's log, then run the same command again."});
    }
  }
}

void drop_indexes(Worker& worker, const std::vector<sql::ObjectName>& indexes, std::string_view statement,
                  Resumed resumed) {
  bool any = false;
  for (const auto& index : indexes) any = any || exists(*worker.session, index);
  if (!any && resumed == Resumed::yes) return;
  worker.session->run(statement);
}

}  // namespace dbmigrate
