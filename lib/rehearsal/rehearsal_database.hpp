// Databases on a throwaway server, to run revisions in.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "embedded/temporary_server.hpp"
#include "executor/executor.hpp"
#include "graph/revision_graph.hpp"

namespace dbmigrate {

/// A PostgreSQL that is gone with the object.
class RehearsalServer {
 public:
  /// Throws what TemporaryServer throws. `clock` outlives the server.
  RehearsalServer(const ServerBinaries& binaries, Clock& clock);

  /// The URL of a new and empty database.
  std::string create_database();
  void drop_database(std::string_view url);
  [[nodiscard]] Clock& clock() { return clock_; }

  /// Who runs everything there: what nobody else owns, this role does.
  static constexpr std::string_view kOwner = "postgres";

 private:
  Session& admin();

  Clock& clock_;
  TemporaryServer server_;
  std::unique_ptr<Session> admin_;
  int databases_ = 0;
};

/// One database, dropped with the object. `server` and `graph` outlive it.
class RehearsalDatabase {
 public:
  RehearsalDatabase(RehearsalServer& server, const RevisionGraph& graph);
  ~RehearsalDatabase();
  RehearsalDatabase(const RehearsalDatabase&) = delete;
  RehearsalDatabase& operator=(const RehearsalDatabase&) = delete;

  /// Runs one revision, held or not, whose parents and dependencies have run. Throws what the run throws, and
  /// Error{expectation_failed} when it was skipped.
  void upgrade(RevisionIndex revision);
  void downgrade(RevisionIndex revision);

  /// For looking at what there is.
  [[nodiscard]] Session& session();
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& version_schema() const { return version_schema_; }

 private:
  void run(RevisionIndex revision, Direction direction);

  RehearsalServer& server_;
  const RevisionGraph& graph_;
  std::string url_;
  std::string version_schema_ = "dbmigrate";
  std::unique_ptr<Session> session_;
};

}  // namespace dbmigrate
