// Databases on a throwaway server, to run revisions in.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

  /// The URL of a new and empty database, or of a copy of `original`, to which nobody may be connected.
  std::string create_database(std::string_view original = {});
  void drop_database(std::string_view url);
  [[nodiscard]] Clock& clock() { return clock_; }

  /// Who runs everything there: what nobody else owns, this role does.
  static constexpr std::string_view kOwner = "postgres";

 private:
  Session& admin();
  /// The quoted name of a database of ours; empty for a URL that is none.
  [[nodiscard]] std::string name_of(std::string_view url) const;

  Clock& clock_;
  TemporaryServer server_;
  std::unique_ptr<Session> admin_;
  int databases_ = 0;
};

/// How revisions are run there.
struct RehearsalOptions {
  const Contracts* contracts = nullptr;  ///< to be held; outlives the database; null = none
  std::vector<std::string> agreed;       ///< RunOptions::agreed
};

/// What becomes of rows that a downgrade would destroy.
enum class RowsAtStake { refuse, let_go };

/// One database, dropped with the object. `server` and `graph` outlive it.
class RehearsalDatabase {
 public:
  RehearsalDatabase(RehearsalServer& server, const RevisionGraph& graph, RehearsalOptions options = {});
  /// A copy of `original`, rows and version table included; its session is closed for that.
  explicit RehearsalDatabase(RehearsalDatabase& original);
  ~RehearsalDatabase();
  RehearsalDatabase(const RehearsalDatabase&) = delete;
  RehearsalDatabase& operator=(const RehearsalDatabase&) = delete;

  /// Runs one revision, held or not, whose parents and dependencies have run. Throws what the run throws, and
  /// Error{expectation_failed} when it was skipped.
  void upgrade(RevisionIndex revision);
  /// The same without that error; the state that the revision is in then: `applied`, `adopted` or `skipped`.
  std::string try_upgrade(RevisionIndex revision);
  void downgrade(RevisionIndex revision, RowsAtStake rows = RowsAtStake::refuse);
  /// Takes the revision's row out of the version table; what it made stays.
  void forget(RevisionIndex revision);

  /// For looking at what there is.
  [[nodiscard]] Session& session();
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& version_schema() const { return version_schema_; }

 private:
  RunOutcome run(RevisionIndex revision, Direction direction, RowsAtStake rows);

  RehearsalServer& server_;
  const RevisionGraph& graph_;
  RehearsalOptions options_;
  std::string url_;
  std::string version_schema_ = "dbmigrate";
  std::unique_ptr<Session> session_;
};

}  // namespace dbmigrate
