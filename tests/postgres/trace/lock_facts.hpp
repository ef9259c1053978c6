// The measured facts of tests/data/lock_facts.csv, and databases to run their statements in.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "embedded/temporary_server.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate::tests {

/// One line of the file; yes and no are `y` and `n`, an error is `ERROR` and its SQLSTATE in strongest_lock.
struct LockFact {
  std::string id;
  std::string statement;
  std::string strongest_lock;
  std::string on_relation;
  std::string rewrite;
  std::string scan;
  std::string transactional;
  std::string index_build;
  std::string table_lock;
  std::string scanned;
  std::string rewritten;
  std::string other_locks;
  std::string indexes;
  std::string notes;
  std::vector<std::string> after;  ///< statements to run before it; `!SET …` is for the session that runs it
};

std::vector<LockFact> read_lock_facts(const std::string& file);

/// What a trace says, in the words of the file.
LockFact fact_of(const StatementTrace& trace);

/// A server with the template of the databases.
class LockFactServer {
 public:
  explicit LockFactServer(const std::string& schema_file);

  /// The URL of a new database with the schema that the statements speak of.
  std::string create_database();
  void drop_databases();
  [[nodiscard]] int major() const { return major_; }

 private:
  TemporaryServer server_;
  int major_ = 0;
  std::vector<std::string> databases_;
  int count_ = 0;
};

}  // namespace dbmigrate::tests
