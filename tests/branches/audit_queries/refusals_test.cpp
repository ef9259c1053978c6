// What cannot be migrated stops 007, and what it has begun it takes back.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "audit_host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr const char* kBaselines = "005_ai_visibility_schema adopted\n006_ai_visibility_audit_system adopted";

/// A trigger of the user's that swallows some of what is copied, which no look beforehand can tell.
void add_swallowing_trigger(Host& host) {
  host.database.run(
      "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN RETURN CASE WHEN NEW.id::text < ''4'' THEN NULL ELSE NEW END; END';"
      "CREATE TRIGGER swallow BEFORE INSERT ON audit_queries FOR EACH ROW EXECUTE FUNCTION swallow()");
}

/// Until the program has said it. Generous: the machine may be busy.
bool said(const faults::Child& child, std::string_view what) {
  for (int i = 0; i < 12'000; ++i) {
    if (contains(child.output(), what)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

}  // namespace

TEST_CASE("audit_queries: rows that cannot be migrated stop the upgrade with their list, and nothing is changed",
          "[branches]") {
  AuditHost host(300);

  SECTION("a response whose query is gone") {
    host.run_file("scripts/sample_data/audit_queries_orphans.sql");
    const auto orphan = host.database.ask("SELECT id FROM ai_responses WHERE query_id = 'no such query'");
    const auto schema = host.schema();
    const auto rows = host.all_rows();
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "the old tables hold rows that cannot be migrated"));
    CHECK(contains(host.output, "1 responses whose query_id matches no query: " + orphan));
    CHECK(contains(host.output, "--archive-orphans"));
    CHECK(host.schema() == schema);
    CHECK(host.all_rows() == rows);
    CHECK(host.recorded() == kBaselines);

    REQUIRE(host.dbmigrate({"upgrade", "head", "--archive-orphans"}) == ExitCode::done);
    CHECK(contains(host.output, "+ explained 1"));
    CHECK(host.database.ask("SELECT count(*) FROM ai_responses_archive WHERE id = '" + orphan + "'") == "1");
    CHECK(host.database.ask("SELECT count(*) FROM audit_responses WHERE legacy_response_id = '" + orphan + "'") == "0");
    CHECK(host.dbmigrate({"validate-only"}) == ExitCode::done);
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::done);
    CHECK(host.schema() == schema);
    CHECK(host.all_rows() == rows);
  }
  SECTION("queries whose report or company is gone") {
    host.database.run(
        "ALTER TABLE ai_queries DISABLE TRIGGER ALL; ALTER TABLE ai_responses DISABLE TRIGGER ALL;"
        "UPDATE ai_queries SET report_id = 'gone' WHERE query_id = 'query-7';"
        "UPDATE ai_queries SET company_id = 12345 WHERE query_id = 'query-11'");
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "2 queries whose report or company is gone: " +
                                    host.database.ask("SELECT string_agg(id::text, ', ' ORDER BY id) FROM ai_queries"
                                                      " WHERE query_id IN ('query-7', 'query-11')")));
    REQUIRE(host.dbmigrate({"upgrade", "head", "--archive-orphans"}) == ExitCode::done);
    CHECK(contains(host.output, "explained 2"));
    CHECK(host.database.ask("SELECT count(*) FROM ai_queries_archive WHERE audit_query_id IS NULL") == "2");
  }
  SECTION("an id that audit_queries has for another text") {
    host.database.run(
        "INSERT INTO audit_queries (id, audit_id, query_text, intent) SELECT id, 'audit-report-1', 'taken',"
        " 'x' FROM ai_queries WHERE query_id = 'query-7'");
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "1 ids of ai_queries that audit_queries has for another text or audit: " +
                                    host.database.ask("SELECT id FROM ai_queries WHERE query_id = 'query-7'")));
  }
  SECTION("values that the live table would refuse") {
    host.database.run("ALTER TABLE audit_queries ADD CONSTRAINT short CHECK (length(query_text) < 40)");
    host.database.run("UPDATE ai_queries SET query_text = repeat('x', 50) WHERE query_id = 'query-7'");
    const auto schema = host.schema();
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "1 rows of ai_queries that the new table would refuse: " +
                                    host.database.ask("SELECT id FROM ai_queries WHERE query_id = 'query-7'") +
                                    " (23514)"));
    CHECK(host.schema() == schema);
  }
}

TEST_CASE("audit_queries: a failed validation takes the revision back by itself", "[branches]") {
  AuditHost host(300);
  add_swallowing_trigger(host);
  const auto schema = host.schema();
  const auto rows = host.all_rows();
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
  CHECK(contains(host.output, "cannot be finished and is taken back: validation found unexplained rows"));
  CHECK(contains(host.output, "Queries: 300, of which copied "));
  CHECK(host.schema() == schema);
  CHECK(host.all_rows() == rows);
  CHECK(host.recorded() == kBaselines);
  host.database.run("DROP TRIGGER swallow ON audit_queries");
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
}

TEST_CASE("audit_queries: the steps are shown as they run, and an interrupted undo is ended by the next upgrade",
          "[branches]") {
  AuditHost host(300);
  add_swallowing_trigger(host);
  const auto schema = host.schema();
  const auto rows = host.all_rows();

  const auto at_step_7 = host.database.connect();
  at_step_7->run("BEGIN; LOCK TABLE tags IN ACCESS SHARE MODE");
  const auto child = host.start({"upgrade", "head"});
  REQUIRE(said(*child, "Step 7:"));
  CHECK(contains(child->output(), "Step 1: Pre-migration validation"));
  CHECK_FALSE(contains(child->output(), "Step 8:"));

  const auto in_the_undo = host.database.connect();
  in_the_undo->run("BEGIN; LOCK TABLE audit_responses IN ACCESS SHARE MODE");
  at_step_7->run("ROLLBACK");
  REQUIRE(said(*child, "is taken back"));
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  REQUIRE_FALSE(child->over());
  child->signal(SIGKILL);
  child->wait();
  in_the_undo->run("ROLLBACK");
  CHECK(contains(host.recorded(), "007_migrate_to_single_query_table in_progress"));

  SECTION("where the cause is still there, by ending the undo") {
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::migration_failed);
    CHECK(host.schema() == schema);
    CHECK(host.all_rows() == rows);
    CHECK(host.recorded() == kBaselines);
  }
  SECTION("where somebody has called the rollback by hand, after repair") {
    host.database.run("SELECT rollback_migration_007()");
    REQUIRE(host.dbmigrate({"repair", "--absent", "audit_queries@007_migrate_to_single_query_table"}) ==
            ExitCode::done);
    host.database.run("DROP TRIGGER swallow ON audit_queries");
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  }
}
