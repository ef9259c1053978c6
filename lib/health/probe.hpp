// What checks may ask: one snapshot of one database, each fact read once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contracts.hpp"
#include "core/duration.hpp"
#include "graph/revision_graph.hpp"
#include "health/health_check.hpp"
#include "ledger/backfill_rows.hpp"
#include "ledger/ledger.hpp"
#include "postgres/session.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate {

/// What a health check is held against. Everything outlives it.
struct HealthSubject {
  const RevisionGraph& graph;
  const Contracts& contracts;
  const std::vector<std::string>& branches;  ///< selected; only they count
  std::string version_schema;
  std::string role;  ///< SET where a pooler lets no session setting stand; empty = none
  Milliseconds recent_writes_after{0};
  std::function<std::chrono::system_clock::time_point()>
      now;  ///< this machine's clock, to be compared with the server's
};

/// The live catalog beside the expected one.
struct ExpectedAndLive {
  ExpectedState state;
  Snapshot live;
  Comparison comparison;
  std::vector<UnknownEffect> unknown;  ///< of the selected branches, but for what a live run is at work on
  bool others_unknown = false;         ///< of other branches: what is not expected may be theirs
  bool at_work = false;                ///< a live run is at work on a revision of the selected branches
};

/// Facts are read when the first check asks. What could not be read fails again for every check that needs it.
class Probe {
 public:
  /// The session is in the transaction of the check. Sends one message.
  Probe(Session& session, const HealthSubject& subject, std::set<std::string> built_before);

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const ServerFacts& server() const { return session_.server(); }
  [[nodiscard]] bool on_standby() const { return session_.server().in_recovery; }
  [[nodiscard]] const HealthSubject& subject() const { return subject_; }
  [[nodiscard]] bool is_selected(const RevisionId& id) const;
  /// The server's clock as the run began: seconds since 1970, and the day in UTC.
  [[nodiscard]] double server_time() const { return server_time_; }
  [[nodiscard]] const std::string& server_day() const { return server_day_; }
  /// How far this machine's clock is from the server's, less what the question itself may account for.
  [[nodiscard]] double clock_difference() const { return clock_difference_; }
  [[nodiscard]] bool sees_statistics() const { return sees_statistics_; }
  [[nodiscard]] const std::string& user() const { return user_; }

  /// One query in which names need no schema of pg_catalog.
  Result ask(std::string_view sql);
  /// The same, with `ours` (schemas that are neither the system's nor the version table's: oid, nspname) and `member`
  /// (what extensions brought along: classid, objid) to select from. The query goes on behind WITH.
  Result ask_of_ours(std::string_view sql);

  /// The version table. Throws what Ledger::read() throws.
  const LedgerState& ledger();
  const std::vector<BackfillRow>& backfills();
  /// Run ids, their first eight digits, of sessions of ours that are there.
  const std::set<std::string>& live_runs();
  [[nodiscard]] bool is_live(const std::string& run_id);
  const ExpectedAndLive& expected();
  /// What the expectation says of a property; empty where there is none, or nobody knows.
  std::string expected_property(const ObjectKey& key, const std::string& property);
  [[nodiscard]] bool is_expected(ObjectKind kind, const std::string& identity);
  /// False for a relation that a revision of a branch made that is not selected.
  bool counts(const std::string& relation);
  /// Tables on which an index is being built; empty set and `masked` where the role may not see which.
  struct Builds {
    std::set<std::string> tables;
    bool masked = false;
  };
  const Builds& builds();

 private:
  template <class T>
  struct Once {
    std::optional<T> value;
    std::exception_ptr failure;
  };
  template <class T, class Read>
  const T& once(Once<T>& fact, Read read);
  ExpectedAndLive read_expected();
  const ExpectedObject* expected_object(const ObjectKey& key);

  Session& session_;
  const HealthSubject& subject_;
  double server_time_ = 0;
  std::string server_day_;
  double clock_difference_ = 0;
  bool sees_statistics_ = false;
  std::string user_;
  std::set<std::string> built_before_;
  Once<LedgerState> ledger_;
  Once<std::vector<BackfillRow>> backfills_;
  Once<std::set<std::string>> live_runs_;
  Once<ExpectedAndLive> expected_;
  Once<std::set<std::string>> others_;
  Once<Builds> builds_;
};

/// Tables on which an index is being built; `masked` where the role may not see which. One query, also outside a
/// transaction.
Probe::Builds read_builds(Session& session);

/// Rows as findings: the columns `object`, `detail`, `fix`, and where they are there `relation` (rows of relations that
/// do not count are left out), `value` and `status`.
std::vector<HealthFinding> findings_of(Probe& probe, const Result& result);

/// SQL: sessions `a` of pg_stat_activity that are no run of ours. Their application_name is `dbmigrate` with the run's
/// first eight digits.
std::string not_ours_sql();

}  // namespace dbmigrate
