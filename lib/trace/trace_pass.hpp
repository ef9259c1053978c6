// One way through a plan on one throwaway database, statement by statement.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "executor/prepared_revision.hpp"
#include "trace/observation.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate {

struct TraceOptions {
  std::string version_schema = "dbmigrate";
  /// Of the target, by name: TimeZone decides whether timestamps are rewritten, others how SQL is read.
  std::vector<std::pair<std::string, std::string>> settings;
  /// Statements for the start of each transaction, as a run would send them.
  std::vector<std::string> agreed;
};

/// When transactions end.
enum class Commits {
  as_written,            ///< what is held while each statement runs, and the errors that come of it
  after_each_statement,  ///< what each statement needs by itself
};

class TracePass {
 public:
  /// `url`: a database on a throwaway server that speaks C, as superuser, of its own.
  TracePass(std::string url, Commits commits, TraceOptions options);

  /// One trace for each statement, in order. What fails is noted, and the rest goes on. Throws when the server is lost
  /// or the run is interrupted.
  std::vector<StatementTrace> run(const PreparedRevision& revision);

  /// What is there now counts as there before the plan.
  void make_old();

  [[nodiscard]] Session& session() { return *session_; }

 private:
  struct Place {
    const Part* part;
    std::size_t statement;
  };
  void prepare_session();
  void run_transaction(const Unit& unit, std::vector<StatementTrace>& traces);
  void run_single(const Unit& unit, std::vector<StatementTrace>& traces);
  void run_outside(const Place& place, StatementTrace& trace);
  void run_setting(const Place& place, StatementTrace& trace);
  void try_backfill(const Backfill& backfill, std::vector<StatementTrace>& traces);
  void begin(const std::vector<std::string>& settings);
  void commit(StatementTrace* last);
  void roll_back();
  /// In the open transaction, which stays open whatever comes.
  void run_inside(const Place& place, StatementTrace& trace);
  void send(const Place& place, StatementTrace& trace);

  std::string url_;
  Commits commits_;
  TraceOptions options_;
  std::unique_ptr<Session> session_;
  std::set<Oid> old_;
  std::vector<Notice> notices_;
};

/// Place, text and command of a statement.
StatementTrace trace_of(const Part& part, std::size_t statement);
StatementTrace trace_of(const Backfill& backfill);

TracedError traced(const ServerError& error);

}  // namespace dbmigrate
