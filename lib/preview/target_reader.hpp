// Questions to the target that cannot change it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postgres/migration_lock.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// An answer, or why there is none.
struct Answered {
  std::optional<Result> result;
  std::string why;  ///< a clause, as in `permission denied for table users`
  std::string sqlstate;
};

/// Each question in a READ ONLY transaction of its own, so that nothing is held while a clone is made.
class TargetReader {
 public:
  /// `limit` bounds each question. `session` outlives the reader.
  TargetReader(Session& session, Milliseconds limit) : session_(session), limit_(limit) {}

  /// One query. Throws only when the connection is lost or the run is interrupted.
  Answered ask(const std::string& query);

  [[nodiscard]] const ServerFacts& server() const { return session_.server(); }

 private:
  Session& session_;
  Milliseconds limit_;
};

/// What a table of the target holds.
struct TableSize {
  std::string table;  ///< as SQL writes it
  std::int64_t rows = 0;
  bool rows_are_exact = false;  ///< else an estimate of the server's
  std::int64_t bytes = 0;       ///< with its TOAST table
  std::int64_t index_bytes = 0;
};

/// Of those that are there; rows are counted where that is quick, else estimated.
std::map<std::string, TableSize> table_sizes(TargetReader& reader, const std::vector<std::string>& tables);

/// A session with a lock on a table that the plan needs, or a transaction that has been open for long.
struct StandingBy {
  Blocker who;
  std::vector<std::string> relations;  ///< of the plan's, with the lock that it holds
};
std::vector<StandingBy> sessions_in_the_way(TargetReader& reader, const std::vector<std::string>& tables);

/// Settings that decide what SQL means, by name.
std::vector<std::pair<std::string, std::string>> settings_that_matter(TargetReader& reader);

/// Names of roles and tablespaces, which SQL may name and no dump of a database has.
std::vector<std::string> role_names(TargetReader& reader);
std::vector<std::string> tablespace_names(TargetReader& reader);

/// Tables, views and foreign tables outside the system's schemas and extensions.
std::vector<std::string> relation_names(TargetReader& reader);

/// Of a relation, as SQL writes them; empty where there is none of that name.
std::vector<std::string> column_names(TargetReader& reader, const std::string& relation);

}  // namespace dbmigrate
