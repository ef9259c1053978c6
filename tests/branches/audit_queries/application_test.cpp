// The application goes on while 007 runs.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "audit_host.hpp"
#include "descriptor/migration_source.hpp"
#include "graph/revision_graph.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// Writes both tables, in one transaction and in either order, changes and deletes, until it is told to stop.
class Application {
 public:
  Application(Host& host, int number)
      : session_(host.database.connect(fmt::format("application {}", number))),
        thread_([this, number] { write(number); }) {}
  ~Application() { stop(); }
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] int rounds() const { return rounds_; }
  [[nodiscard]] std::string failed() const { return failed_; }  ///< after stop()

 private:
  void write(int number) {
    try {
      for (int round = 0; !stopping_; ++round) {
        write_once(number, round);
        ++rounds_;
      }
    } catch (const Error& error) {
      failed_ = error.info().message + " " + error.info().sqlstate;
    }
  }

  void write_once(int number, int round) {
    const auto name = fmt::format("app-{}-{}", number, round);
    const std::string old_row = fmt::format(
        "WITH q AS (INSERT INTO ai_queries (report_id, company_id, query_id, query_text) SELECT report_id, company_id,"
        " '{0}', '{0}' FROM ai_visibility_reports WHERE report_id = 'report-{1}' RETURNING *)"
        " INSERT INTO ai_responses (query_id, report_id, company_id, provider, response_text)"
        " SELECT query_id, report_id, company_id, 'x', 'answer {0}' FROM q;",
        name, 1 + round % 5);
    const std::string new_row = fmt::format(
        "WITH q AS (INSERT INTO audit_queries (audit_id, query_text, intent) SELECT id, '{0}', 'x' FROM"
        " ai_visibility_audits WHERE report_id = 'report-{1}' AND id LIKE 'audit-%' LIMIT 1 RETURNING *)"
        " INSERT INTO audit_responses (query_id, audit_id, provider, response_text)"
        " SELECT id, audit_id, 'x', 'answer {0}' FROM q;",
        name, 1 + round % 5);
    switch (round % 6) {
      case 0:
        session_->run("BEGIN; " + old_row);
        session_->run(new_row + " COMMIT");
        break;
      case 1:
        session_->run("BEGIN; " + new_row);
        session_->run(old_row + " COMMIT");
        break;
      case 2:
        session_->run(old_row);
        session_->run(new_row);
        break;
      case 3:
        session_->run(fmt::format("UPDATE ai_queries SET query_text = query_text || '!' WHERE query_id = 'app-{}-{}'",
                                  number, round - 3));
        break;
      case 4:
        session_->run(
            fmt::format("BEGIN; DELETE FROM ai_responses WHERE query_id = 'app-{0}-{1}';"
                        " DELETE FROM ai_queries WHERE query_id = 'app-{0}-{1}'; COMMIT",
                        number, round - 2));
        break;
      default:
        session_->run("BEGIN; " + old_row + " ROLLBACK");
    }
  }

  std::unique_ptr<Session> session_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> rounds_ = 0;
  std::string failed_;
  std::thread thread_;
};

bool locks_out_readers(Session& session) {
  return session
             .query(
                 "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND granted"
                 " AND relation = 'audit_queries'::regclass AND mode = 'AccessExclusiveLock')")
             .text(0, 0) == "t";
}

/// Rows of audit_queries that a session has read, inserted, updated and deleted.
std::string rows_touched(Session& session) {
  return session
      .query(
          "SELECT concat_ws('|', pg_stat_get_xact_tuples_returned(o), pg_stat_get_xact_tuples_inserted(o),"
          " pg_stat_get_xact_tuples_updated(o), pg_stat_get_xact_tuples_deleted(o))"
          " FROM CAST('audit_queries'::regclass AS oid) AS o")
      .text(0, 0);
}

}  // namespace

TEST_CASE("audit_queries: an application that writes all the time loses nothing and sees no error", "[branches]") {
  AuditHost host(2000);
  Application first(host, 1);
  Application second(host, 2);
  while (first.rounds() < 12 || second.rounds() < 12) std::this_thread::yield();
  const auto before = first.rounds() + second.rounds();
  const auto code = host.dbmigrate({"upgrade", "head"});
  const auto during = first.rounds() + second.rounds() - before;
  first.stop();
  second.stop();
  INFO(host.output);
  REQUIRE(code == ExitCode::done);
  CHECK(first.failed().empty());
  CHECK(second.failed().empty());
  CHECK(during > 20);

  // What was there at the switch is in the archive; what came behind it is only in the old tables.
  CHECK(host.database.ask("SELECT count(*) FROM ai_queries_archive WHERE audit_query_id IS NULL") == "0");
  CHECK(
      host.database.ask("SELECT count(*) FROM ai_queries_archive a LEFT JOIN audit_queries n ON n.id = a.audit_query_id"
                        " LEFT JOIN report_audit_mapping m ON m.report_id = a.report_id"
                        " WHERE n.id IS NULL OR n.query_text <> a.query_text OR n.audit_id <> m.audit_id") == "0");
  CHECK(host.database.ask("SELECT count(*) FROM audit_queries WHERE migrated_from = 'ai_queries' AND id NOT IN"
                          " (SELECT id FROM ai_queries_archive)") == "0");
  CHECK(host.database.ask(
            "SELECT count(*) FROM ai_responses_archive r JOIN ai_queries_archive a ON a.query_id = r.query_id"
            " WHERE NOT EXISTS (SELECT FROM audit_responses n WHERE n.query_id = a.audit_query_id AND"
            " (n.legacy_response_id = r.id OR n.migrated_from IS NULL AND n.provider = r.provider"
            "  AND n.created_at = r.created_at))") == "0");
  CHECK(host.database.ask("SELECT count(*) FROM audit_responses WHERE migrated_from = 'ai_responses' AND"
                          " legacy_response_id NOT IN (SELECT id FROM ai_responses_archive)") == "0");
  // Every native row is as it was written: a text of the application once, and with its response.
  CHECK(host.database.ask("SELECT count(*) FROM audit_queries q WHERE q.migrated_from IS NULL AND q.query_text LIKE"
                          " 'app-%' AND NOT EXISTS (SELECT FROM audit_responses r WHERE r.query_id = q.id AND"
                          " r.response_text = 'answer ' || q.query_text)") == "0");
  // Twice at most where the two were not written in one transaction and the switch came between.
  CHECK(host.database.ask("SELECT count(*) FROM (SELECT FROM audit_queries WHERE query_text ~ '^app-[0-9]+-[0-9]+$'"
                          " AND split_part(query_text, '-', 3)::int % 6 <> 2"
                          " GROUP BY audit_id, query_text HAVING count(*) > 1) AS twice") == "0");
  CHECK(host.dbmigrate({"validate-only", "audit_queries@007"}) == ExitCode::done);
}

TEST_CASE("audit_queries: what locks out readers of audit_queries touches none of its rows", "[branches]") {
  AuditHost host(2000);
  const RevisionGraph graph(MigrationDirectory(std::string(PROJECT_ROOT) + "/migrations").load());
  const auto& migration = graph.migration(*graph.find({"audit_queries", "007_migrate_to_single_query_table"}));
  std::vector<std::string> locking;
  for (const auto& step : migration.up) {
    const auto session = host.database.connect();
    if (step.sql() != nullptr && step.transaction == TransactionMode::none) {
      Host::run_outside(*session, *step.sql());
      continue;
    }
    session->run("BEGIN");
    if (const auto* backfill = step.backfill()) {
      session->run("CREATE TEMP TABLE batch ON COMMIT DROP AS SELECT id FROM " + backfill->table);
      session->run(backfill->sql.text);
    } else {
      session->run(step.sql()->text);
    }
    if (locks_out_readers(*session)) {
      CHECK(rows_touched(*session) == "0|0|0|0");
      locking.push_back(step.sql()->text.substr(0, 40));
    }
    session->run("COMMIT");
  }
  // The new columns, and the trigger that goes.
  CHECK(locking == std::vector<std::string>{"DO $$ BEGIN RAISE NOTICE 'Step 3: New co",
                                            "DROP TRIGGER migration_007_changed ON pu"});
}
