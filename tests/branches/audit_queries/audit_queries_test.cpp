// The audit_queries branch, its SQL step by step, on tables as the host application has them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>

#include "../host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kMigration = "007_migrate_to_single_query_table";
constexpr std::string_view kRetire = "008_retire_legacy_tables";

/// With foreign keys of the user's own at ai_queries, and a comment.
void make_tables(Host& host, int rows = 2000) {
  host.run_file("migrations/audit_queries/005_ai_visibility_schema.up.sql");
  host.run_file("migrations/audit_queries/006_ai_visibility_audit_system.up.sql");
  host.run_file("scripts/sample_data/audit_queries.sql", rows);
  host.database.run(
      "CREATE TABLE tags (id int PRIMARY KEY, query uuid REFERENCES ai_queries (id), name varchar(255) REFERENCES "
      "ai_queries"
      " (query_id) ON DELETE CASCADE); INSERT INTO tags SELECT row_number() OVER (), id, query_id FROM ai_queries "
      "LIMIT 10;"
      "COMMENT ON TABLE ai_queries IS 'what the engine asked'");
}

std::string all_rows(Host& host) {
  std::string text;
  for (const auto* table : {"companies", "ai_visibility_reports", "ai_queries", "ai_responses", "ai_visibility_audits",
                            "audit_queries", "audit_responses", "dashboard_data", "tags"}) {
    text += fmt::format("{} {}\n", table, host.rows_of(table));
  }
  return text;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return fmt::format("{} {} {}", error.info().sqlstate, error.info().message, error.info().detail);
  }
  return "nothing failed";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("audit_queries: every old row is copied or linked, and the way back loses nothing", "[branches]") {
  Host host("audit_queries");
  make_tables(host);
  const auto schema = host.schema();
  const auto rows = all_rows(host);

  const auto notices = host.run_steps(kMigration, Direction::upgrade);
  std::string told;
  for (const auto& notice : notices) told += notice + '\n';
  for (int step = 1; step <= 14; ++step) CHECK(contains(told, fmt::format("Step {}:", step)));
  CHECK(contains(told, "✅ Found 2000 existing queries in ai_queries"));
  CHECK(contains(told, "✅ Migration completed successfully"));
  CHECK(contains(told, "Total queries migrated: 2000 (copied 1516, linked 484)"));
  CHECK(host.database.ask("SELECT count(*) FROM ai_queries_archive WHERE audit_query_id IS NULL") == "0");
  CHECK(host.database.ask(
            "SELECT count(*) FROM ai_queries q JOIN ai_queries_archive a ON a.id = q.id"
            " JOIN audit_queries n ON n.id = a.audit_query_id JOIN report_audit_mapping m ON m.audit_id = n.audit_id"
            " WHERE n.query_text = q.query_text AND m.report_id = q.report_id") == "2000");
  CHECK(host.database.ask(
            "SELECT count(*) FROM (SELECT id, report_id, query_id, query_text, semantic_variations FROM ai_queries"
            " EXCEPT SELECT id, report_id, query_id, query_text, semantic_variations FROM ai_queries_compat) AS d") ==
        "0");

  SECTION("values arrive as the guide maps them") {
    CHECK(host.database.ask(
              "SELECT count(*) FROM ai_queries q JOIN audit_queries n ON n.id = q.id AND n.migrated_from = 'ai_queries'"
              " WHERE n.intent <> coalesce(q.intent, 'informational') OR n.category <> n.intent"
              " OR n.query_hash <> encode(sha256(convert_to(q.query_text, 'UTF8')), 'hex')"
              " OR n.legacy_query_id <> q.query_id OR n.legacy_report_id <> q.report_id"
              " OR n.created_at <> q.created_at OR n.complexity_score <> q.complexity_score"
              " OR jsonb_typeof(q.semantic_variations) <> 'array' AND n.semantic_variations IS NOT NULL"
              " OR jsonb_typeof(q.semantic_variations) <> 'array'"
              "    AND n.metadata #> '{ai_queries,semantic_variations}' <> q.semantic_variations") == "0");
    CHECK(host.database.ask(
              "SELECT count(*) FROM ai_responses r JOIN audit_responses n ON n.legacy_response_id = r.id"
              " WHERE n.brand_mentioned <> coalesce(r.brand_mentioned, false) OR n.tokens_used <> "
              "coalesce(r.tokens_used, 0)"
              " OR n.sentiment <> CASE WHEN r.sentiment IN ('positive', 'negative', 'mixed') THEN r.sentiment ELSE "
              "'neutral' END"
              " OR n.mention_position <> CASE WHEN coalesce(r.prominence_score, 0) > 0.7 THEN 'first_paragraph'"
              "   WHEN coalesce(r.prominence_score, 0) > 0.4 THEN 'middle' WHEN coalesce(r.prominence_score, 0) > 0 "
              "THEN 'end'"
              "   ELSE 'not_found' END"
              " OR n.analysis_metadata -> 'key_phrases' <> r.key_phrases OR n.competitors_mentioned <> "
              "r.competitor_mentions") == "0");
  }
  SECTION("the rollback function") {
    host.database.run("SELECT rollback_migration_007()");
    CHECK(host.schema() == schema);
    CHECK(all_rows(host) == rows);
    host.run_steps(kMigration, Direction::downgrade);  // then the downgrade finds nothing left to do
    CHECK(host.schema() == schema);
  }
  SECTION("the downgrade, with rows written, changed and deleted since") {
    host.database.run(
        "INSERT INTO audit_queries (audit_id, query_text, intent) SELECT id, 'native since', 'x' FROM"
        " ai_visibility_audits WHERE id LIKE 'audit-%' LIMIT 1");
    host.database.run(
        "INSERT INTO ai_queries (report_id, company_id, query_id, query_text) SELECT report_id, company_id, 'late',"
        " 'late' FROM ai_queries LIMIT 1; UPDATE ai_queries SET intent = 'changed' WHERE query_id = 'query-5'");
    host.database.run(
        "DELETE FROM ai_responses WHERE query_id = 'query-9'; DELETE FROM ai_queries WHERE query_id = 'query-9'");
    host.run_steps(kMigration, Direction::downgrade);
    CHECK(host.schema() == schema);
    CHECK(host.database.ask("SELECT count(*) FROM audit_queries WHERE query_text = 'native since'") == "1");
    CHECK(host.database.ask("SELECT string_agg(query_id || coalesce(intent, ''), ',' ORDER BY query_id) FROM ai_queries"
                            " WHERE query_id IN ('late', 'query-5', 'query-9')") ==
          "late,query-5changed,query-9commercial");
  }
  SECTION("native responses of copied queries stop it, with counts") {
    host.database.run(
        "INSERT INTO audit_responses (query_id, provider, response_text) SELECT id, 'x', 'y' FROM audit_queries"
        " WHERE migrated_from = 'ai_queries' LIMIT 4");
    CHECK(contains(error_of([&] { host.run_steps(kMigration, Direction::downgrade); }), "in placeholder audits: 4."));
    host.run_steps(kMigration, Direction::downgrade, {"allow_data_loss"});
    CHECK(all_rows(host) == rows);
  }
  SECTION("a write to the old table is warned of") {
    std::vector<std::string> warnings;
    const auto session = host.database.connect();
    session->on_notice([&](const Notice& notice) { warnings.push_back(notice.severity); });
    session->run("UPDATE ai_queries SET intent = intent WHERE query_id = 'query-1'");
    CHECK(warnings == std::vector<std::string>{"WARNING"});
  }
  SECTION("008 renames, and below it there is no way back") {
    host.run_steps(kRetire, Direction::upgrade);
    CHECK(host.database.ask("SELECT to_regclass('ai_queries'), (SELECT count(*) FROM ai_queries_compat)") ==
          "NULL|2000");
    CHECK(host.database.ask(
              "SELECT count(*) FROM pg_class WHERE relname ~ '^ai_(queries|responses)_archived_[0-9]{8}$'") == "2");
    host.run_steps(kRetire, Direction::downgrade);
    CHECK(host.rows_of("ai_queries").starts_with("2000|"));
    CHECK(contains(error_of([&] { host.run_steps(kMigration, Direction::downgrade); }),
                   "the archives that a rollback needs are gone"));
  }
}

TEST_CASE("audit_queries: what cannot be migrated stops the run with its list and changes nothing", "[branches]") {
  Host host("audit_queries");
  make_tables(host, 300);
  host.run_file("scripts/sample_data/audit_queries_orphans.sql");
  const auto orphan = host.database.ask("SELECT id FROM ai_responses WHERE query_id = 'no such query'");

  SECTION("an orphan") {
    const auto schema = host.schema();
    const auto rows = all_rows(host);
    const auto error = error_of([&] { host.run_steps(kMigration, Direction::upgrade); });
    CHECK(contains(error, "DBM02"));
    CHECK(contains(error, "1 responses whose query_id matches no query: " + orphan));
    CHECK(host.schema() == schema);
    CHECK(all_rows(host) == rows);
  }
  SECTION("the orphan left in the archive") {
    const auto rows = all_rows(host);
    host.run_steps(kMigration, Direction::upgrade, {"archive_orphans"});
    CHECK(host.database.ask("SELECT count(*) FROM ai_responses_archive WHERE query_id = 'no such query'") == "1");
    CHECK(host.database.ask("SELECT count(*) FROM audit_responses WHERE legacy_response_id = '" + orphan + "'") == "0");
    host.run_steps(kMigration, Direction::downgrade);
    CHECK(all_rows(host) == rows);
  }
  SECTION("values that the live table would refuse") {
    host.database.run("DELETE FROM ai_responses WHERE query_id = 'no such query'");
    host.database.run("ALTER TABLE audit_queries ADD CONSTRAINT short CHECK (length(query_text) < 40)");
    host.database.run("UPDATE ai_queries SET query_text = repeat('x', 50) WHERE query_id = 'query-7'");
    const auto error = error_of([&] { host.run_steps(kMigration, Direction::upgrade); });
    CHECK(contains(error, "1 rows of ai_queries that the new table would refuse: " +
                              host.database.ask("SELECT id FROM ai_queries WHERE query_id = 'query-7'") + " (23514)"));
  }
}

TEST_CASE("audit_queries: a generated query_hash is left to the server", "[branches]") {
  Host host("audit_queries");
  make_tables(host, 300);
  host.database.run(
      "ALTER TABLE audit_queries DROP COLUMN query_hash,"
      " ADD COLUMN query_hash varchar(64) GENERATED ALWAYS AS (md5(query_text)) STORED");
  host.run_steps(kMigration, Direction::upgrade);
  CHECK(host.database.ask(
            "SELECT count(*) FROM audit_queries WHERE migrated_from = 'ai_queries' AND query_hash = md5(query_text)"
            " HAVING count(*) > 200") != "");
}
