// One read-only transaction, a fixed list of questions, rows into objects.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/snapshot.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "catalog/dated_names.hpp"
#include "catalog/queries.hpp"

namespace dbmigrate {
namespace {

constexpr int kAttempts = 4;

/// Names are printed with their schema unless it is on the path; constants as these settings say.
constexpr std::string_view kSettings =
    "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL quote_all_identifiers = off;"
    " SET LOCAL standard_conforming_strings = on; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
    " SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"
    " SET LOCAL jit = off";

/// The transaction that is read in. Nothing of it remains.
class Reading {
 public:
  explicit Reading(Session& session) : session_(session), nested_(session.status() == TransactionStatus::open) {
    session_.run(nested_ ? "SAVEPOINT dbmigrate_snapshot" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    session_.run(kSettings);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    try {
      end();
    } catch (const std::exception&) {
      // What went wrong is on its way already; the next statement tells what became of the connection.
    }
  }

  void end() {
    if (std::exchange(ended_, true) || session_.status() == TransactionStatus::lost) return;
    session_.run(nested_ ? "ROLLBACK TO SAVEPOINT dbmigrate_snapshot; RELEASE SAVEPOINT dbmigrate_snapshot"
                         : "ROLLBACK");
  }
  [[nodiscard]] bool nested() const { return nested_; }

 private:
  Session& session_;
  bool nested_;
  bool ended_ = false;
};

[[noreturn]] void unexpected(const std::string& what) {
  throw Error({.code = ErrorCode::internal, .message = fmt::format("the catalog holds {}", what)});
}

void add(Snapshot& snapshot, const Result& result) {
  for (const auto& row : result.rows) {
    const auto kind = object_kind(row.at(0).value_or(""));
    if (!kind) unexpected("the unknown kind " + row.at(0).value_or("NULL"));
    Properties properties;
    for (std::size_t i = 2; i < row.size(); ++i) {
      if (row[i] && !row[i]->empty()) properties.emplace(result.columns[i], *row[i]);
    }
    ObjectKey key{*kind, row.at(1).value_or("")};
    auto text = key.text();
    if (!snapshot.objects.emplace(std::move(key), std::move(properties)).second) unexpected("twice " + text);
  }
}

Snapshot read_once(Session& session, std::string_view version_schema) {
  Snapshot snapshot{
      .server_major = session.server().major(), .objects = {}, .extension_names = {}, .dated_names = {}};
  Reading reading(session);
  for (const auto& query : catalog_sql::snapshot_queries(snapshot.server_major)) {
    add(snapshot, session.query(query, {std::string(version_schema)}));
  }
  const auto names = session.query(catalog_sql::extension_names());
  for (std::size_t i = 0; i < names.rows.size(); ++i) {
    snapshot.extension_names[names.text(i, 0)].insert(names.text(i, 1));
  }
  reading.end();
  snapshot.objects = without_days(std::move(snapshot.objects), snapshot.dated_names);
  return snapshot;
}

}  // namespace

const Properties* Snapshot::find(const ObjectKey& key) const {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : &found->second;
}

Snapshot read_snapshot(Session& session, std::string_view version_schema) {
  for (int attempt = 1;; ++attempt) {
    const bool nested = session.status() == TransactionStatus::open;
    try {
      return read_once(session, version_schema);
    } catch (const ServerError& error) {
      // The functions that print definitions look at the newest catalog, not at the transaction's: what another
      // session drops meanwhile is an internal error to them.
      const bool dropped_meanwhile = error.sqlstate() == "XX000" || error.sqlstate() == "42P01";
      if (nested || error.connection_lost() || !dropped_meanwhile || attempt == kAttempts) throw;
    }
  }
}

}  // namespace dbmigrate
