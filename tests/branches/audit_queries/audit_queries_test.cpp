// The audit_queries branch on the database that its project has: up, what is found there, and every way back.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "audit_host.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr const char* kBaselines = "005_ai_visibility_schema adopted\n006_ai_visibility_audit_system adopted";

/// What is said, in the order in which it has to be said.
void check_in_order(const std::string& text, const std::vector<std::string>& parts) {
  std::size_t from = 0;
  for (const auto& part : parts) {
    const auto at = text.find(part, from);
    INFO("looking for " << part << " in\n" << text);
    REQUIRE(at != std::string::npos);
    from = at + part.size();
  }
}

}  // namespace

TEST_CASE("audit_queries: every old row is copied or linked, and said so step by step", "[branches]") {
  AuditHost host;
  host.add_users_own();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.recorded() == std::string(kBaselines) + "\n007_migrate_to_single_query_table applied");
  check_in_order(host.output, {"adopted audit_queries@005",
                               "adopted audit_queries@006",
                               "applied audit_queries@007",
                               "stopped before",
                               "wait seven days after 007",
                               "dbmigrate upgrade audit_queries@008_retire_legacy_tables",
                               "Step 1: Pre-migration validation",
                               "✅ Found 9 existing audits",
                               "✅ Found 480 existing queries in ai_queries",
                               "Step 2:",
                               "Step 3:",
                               "Step 4:",
                               "Step 5:",
                               "Step 6:",
                               "Step 7:",
                               "Step 8:",
                               "Step 9:",
                               "Step 10:",
                               "Step 11:",
                               "✅ Queries: 480 = copied 384 + linked 96 + explained 0",
                               "✅ Responses: 480 = copied 432 + linked 48 + explained 0",
                               "Step 12:",
                               "Step 13:",
                               "Step 14: Final validation",
                               "✅ Migration completed successfully",
                               "Total queries migrated: 480 (copied 384, linked 96)"});

  SECTION("each old row has one place in the new tables, and none there is unexplained") {
    CHECK(host.database.ask("SELECT count(*) FROM ai_queries_archive WHERE audit_query_id IS NULL") == "0");
    CHECK(host.database.ask(
              "SELECT count(*) FROM ai_queries q JOIN ai_queries_archive a ON a.id = q.id"
              " JOIN audit_queries n ON n.id = a.audit_query_id JOIN report_audit_mapping m ON m.audit_id = n.audit_id"
              " WHERE n.query_text = q.query_text AND m.report_id = q.report_id") == "480");
    CHECK(host.database.ask("SELECT count(*) FROM ai_responses r JOIN ai_queries_archive a ON a.query_id = r.query_id"
                            " WHERE (SELECT count(*) FROM audit_responses n WHERE n.query_id = a.audit_query_id"
                            "        AND n.provider = r.provider AND n.created_at = r.created_at"
                            "        AND (n.legacy_response_id = r.id OR n.migrated_from IS NULL)) = 0") == "0");
    CHECK(host.database.ask("SELECT count(*) FROM audit_queries WHERE migrated_from = 'ai_queries' AND id NOT IN"
                            " (SELECT id FROM ai_queries)") == "0");
    CHECK(host.database.ask("SELECT count(*), count(DISTINCT audit_id) FROM report_audit_mapping WHERE placeholder") ==
          host.database.ask("SELECT count(*), count(DISTINCT id) FROM ai_visibility_audits WHERE id LIKE 'legacy-%'"));
    CHECK(host.database.ask("SELECT count(*) FROM ai_visibility_audits WHERE id LIKE 'legacy-%' AND (status <>"
                            " 'completed' OR id <> 'legacy-' || md5(report_id) OR query_count <> (SELECT count(*) FROM"
                            " ai_queries q WHERE q.report_id = ai_visibility_audits.report_id))") == "0");
  }
  SECTION("the compatibility view has every old row in the old columns") {
    const std::string columns =
        "id, report_id, company_id, query_id, query_text, intent, buyer_journey_stage, complexity_score,"
        " competitive_relevance, priority_score, semantic_variations, expected_serp_features, persona_alignment,"
        " industry_specificity, created_at";
    CHECK(host.rows_of("ai_queries_compat") == host.rows_of("ai_queries", columns));
  }
  SECTION("validate-only ends as the guide's verification does") {
    REQUIRE(host.dbmigrate({"validate-only", "audit_queries@007"}) == ExitCode::done);
    check_in_order(
        host.output,
        {"[OK] catalog files: fresh", "[OK] catalog: ", "  audit_queries: ", " 480\n", ": audit_queries table exists\n",
         ": No orphaned queries found\n", ": No orphaned responses found\n",
         "[OK] audit_queries@007_migrate_to_single_query_table: No recent writes to old ai_queries table\n",
         "[OK] audit_queries@007_migrate_to_single_query_table: Foreign key relationships intact\n",
         "queries copied from ai_queries: 384",
         "\nOverall Status: ✅ SYSTEM HEALTHY - Single table architecture verified\n"
         "✅ READY FOR PRODUCTION\n"});
    CHECK_FALSE(contains(host.output, "[FAILED]"));
    CHECK(host.dbmigrate({"drift"}) == ExitCode::done);
    CHECK(host.dbmigrate({"validate-only", "audit_queries@008"}) == ExitCode::findings);
    CHECK(contains(host.output, "audit_queries@008_retire_legacy_tables is not applied"));
  }
  SECTION("008 is held until it is named, and leaves everything checked and true") {
    REQUIRE(host.dbmigrate({"status"}) == ExitCode::done);
    CHECK(contains(host.output, "audit_queries: head (1 held)"));
    REQUIRE(host.dbmigrate({"upgrade", "audit_queries@008"}) == ExitCode::done);
    REQUIRE(host.dbmigrate({"validate-only", "audit_queries@head"}) == ExitCode::done);
    CHECK(contains(host.output, "✅ READY FOR PRODUCTION"));
    CHECK(host.dbmigrate({"drift"}) == ExitCode::done);
  }
}

TEST_CASE("audit_queries: the downgrade and the rollback function leave nothing of 007", "[branches]") {
  AuditHost host;
  host.add_users_own();
  if (GENERATE(false, true)) host.generate_hash();
  const auto schema = host.schema();
  const auto rows = host.all_rows();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);

  SECTION("by dbmigrate") {
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::done);
    CHECK(contains(host.output, "ai_queries_count: 480, original_audit_queries: 96, migrated_queries: 0"));
  }
  SECTION("by hand, after which status knows and repair settles it") {
    host.database.run("SELECT rollback_migration_007()");
    REQUIRE(host.dbmigrate({"status"}) == ExitCode::done);
    CHECK(contains(host.output, "audit_queries: not as recorded"));
    CHECK(contains(host.output,
                   "gone 007_migrate_to_single_query_table: it is recorded as applied, and nothing of it is"
                   " there (public.ai_queries_archive, public.ai_responses_archive,"
                   " public.ai_visibility_reports_archive and 3 more); `dbmigrate repair` settles it"));
    REQUIRE(host.dbmigrate({"repair"}) == ExitCode::done);
    CHECK(contains(host.output, "repaired audit_queries@007_migrate_to_single_query_table: settled as not applied"));
    CHECK(host.database.ask("SELECT event, to_state FROM dbmigrate.history ORDER BY id DESC LIMIT 1") == "repair|NULL");
    REQUIRE(host.dbmigrate({"repair"}) == ExitCode::done);
    CHECK(contains(host.output, "nothing to repair"));
  }
  SECTION("by hand, and then by dbmigrate, which finds nothing left to do") {
    host.database.run("SELECT rollback_migration_007()");
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::done);
  }
  CHECK(host.schema() == schema);
  CHECK(host.all_rows() == rows);
  CHECK(host.recorded() == kBaselines);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(contains(host.output, "Total queries migrated: 480 (copied 384, linked 96)"));
}

TEST_CASE("audit_queries: what was written since stays, or stops the way back", "[branches]") {
  AuditHost host;
  const auto schema = host.schema();
  const auto rows = host.all_rows();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);

  SECTION("native rows stay, and so does what became of the old rows") {
    host.database.run(
        "INSERT INTO audit_queries (audit_id, query_text, intent) SELECT id, 'native since', 'x' FROM"
        " ai_visibility_audits WHERE id LIKE 'audit-%' ORDER BY id LIMIT 1;"
        "INSERT INTO audit_responses (query_id, provider, response_text) SELECT id, 'x', 'native answer' FROM"
        " audit_queries WHERE query_text = 'native since'");
    host.database.run(
        "INSERT INTO ai_queries (report_id, company_id, query_id, query_text) SELECT report_id, company_id, 'late',"
        " 'late' FROM ai_queries LIMIT 1; UPDATE ai_queries SET intent = 'changed' WHERE query_id = 'query-5'");
    host.database.run(
        "DELETE FROM ai_responses WHERE query_id = 'query-99'; DELETE FROM ai_queries WHERE query_id = 'query-99'");
    const auto by_hand = GENERATE(false, true);
    if (by_hand)
      host.database.run("SELECT rollback_migration_007()");
    else
      REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::done);
    CHECK(host.schema() == schema);
    CHECK(host.database.ask("SELECT count(*) FROM audit_queries q JOIN audit_responses r ON r.query_id = q.id"
                            " WHERE query_text = 'native since' AND response_text = 'native answer'") == "1");
    CHECK(host.database.ask("SELECT string_agg(query_id || coalesce(intent, ''), ',' ORDER BY query_id) FROM ai_queries"
                            " WHERE query_id IN ('late', 'query-5', 'query-99')") == "late,query-5changed,query-99");
    CHECK(host.database.ask("SELECT count(*) FROM ai_responses WHERE query_id = 'query-99'") == "1");
  }
  SECTION("responses on copied queries are counted and stop it, until their loss is agreed to") {
    host.database.run(
        "INSERT INTO audit_responses (query_id, provider, response_text) SELECT id, 'x', 'y' FROM audit_queries"
        " WHERE migrated_from = 'ai_queries' AND audit_id LIKE 'audit-%' LIMIT 4;"
        "INSERT INTO audit_queries (audit_id, query_text, intent) SELECT id, 'since', 'x' FROM ai_visibility_audits"
        " WHERE id LIKE 'legacy-%' LIMIT 1");
    const auto after = host.schema();
    CHECK(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::refused);
    CHECK(contains(host.output, "the downgrade would lose 5 rows"));
    CHECK(contains(host.output, "4 rows (responses written since to copied queries)"));
    CHECK(contains(host.output, "1 row (queries written since to placeholder audits)"));
    const auto refusal = error_of([&] { host.database.run("SELECT rollback_migration_007()"); });
    CHECK(contains(refusal.detail,
                   "in placeholder audits: 1. audit_responses of copied queries or in placeholder "
                   "audits: 4."));
    CHECK(host.schema() == after);
    if (GENERATE(false, true))
      host.database.run("SELECT rollback_migration_007(true)");
    else
      REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006", "--allow-data-loss"}) == ExitCode::done);
    CHECK(host.schema() == schema);
    CHECK(host.all_rows() == rows);
  }
  SECTION("rows whose report is gone are left out, and what refers to them is named") {
    host.database.run("DELETE FROM tags WHERE id <> 1");
    const auto tagged = host.database.ask("SELECT query FROM tags");
    host.database.run(
        "DELETE FROM ai_visibility_reports WHERE report_id IN (SELECT report_id FROM ai_queries WHERE id ="
        " '" +
        tagged + "')");
    const auto lost = host.database.ask(
        "SELECT count(*) FROM ai_queries_archive a WHERE NOT EXISTS (SELECT FROM"
        " ai_queries q WHERE q.id = a.id)");
    REQUIRE(lost != "0");
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::done);
    CHECK(contains(host.output, "ai_queries: 0 archived rows put back, " + lost + " left out"));
    CHECK(contains(host.output, "came back NOT VALID: 1 rows refer to queries that are gone: " + tagged));
    CHECK(host.database.ask("SELECT count(*), count(*) FILTER (WHERE convalidated) FROM pg_constraint"
                            " WHERE conrelid = 'tags'::regclass AND contype = 'f'") == "2|0");
  }
  SECTION("a write to an old table is warned of, and outlives the rollback") {
    std::vector<std::string> warnings;
    const auto session = host.database.connect();
    session->on_notice([&](const Notice& notice) { warnings.push_back(notice.severity + " " + notice.message); });
    session->run(
        "INSERT INTO ai_queries (report_id, company_id, query_id, query_text) SELECT report_id, company_id,"
        " 'late', 'late' FROM ai_queries LIMIT 1");
    session->run("UPDATE ai_responses SET sentiment = 'mixed' WHERE query_id = 'query-1'");
    CHECK(warnings == std::vector<std::string>{
                          "WARNING table ai_queries is deprecated: write to audit_queries and audit_responses",
                          "WARNING table ai_responses is deprecated: write to audit_queries and audit_responses"});
    host.database.run("SELECT rollback_migration_007()");
    CHECK(host.database.ask("SELECT count(*) FROM ai_queries WHERE query_id = 'late'") == "1");
    CHECK(host.database.ask("SELECT sentiment FROM ai_responses WHERE query_id = 'query-1'") == "mixed");
  }
}

TEST_CASE("audit_queries: writes to the old tables are a warning first and an error later", "[branches]") {
  AuditHost host;
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  host.database.run(
      "INSERT INTO ai_queries (report_id, company_id, query_id, query_text) SELECT report_id, company_id,"
      " 'late', 'late' FROM ai_queries LIMIT 1");
  REQUIRE(host.dbmigrate_configured({"validate-only"}) == ExitCode::done);
  CHECK(contains(host.output,
                 "[WARNING] audit_queries@007_migrate_to_single_query_table: No recent writes to old "
                 "ai_queries table: 1 row"));
  CHECK(host.dbmigrate_configured({"validate-only"}, "    recent_writes_after: 1ms\n") == ExitCode::findings);
  CHECK(contains(host.output,
                 "[FAILED] audit_queries@007_migrate_to_single_query_table: No writes to the old tables "
                 "once recent_writes_after has passed: 1 row"));
  CHECK(contains(host.output, "Overall Status: ❌ REVIEW REQUIRED"));
  CHECK(host.dbmigrate({"upgrade", "audit_queries@008"}) == ExitCode::findings);
  CHECK(contains(host.output, "Something has written to ai_queries since 007"));
  host.database.run("DELETE FROM ai_queries WHERE query_id = 'late'");
  CHECK(host.dbmigrate({"upgrade", "audit_queries@008"}) == ExitCode::done);
}

TEST_CASE("audit_queries: 008 names the old tables by the day, whatever day it is", "[branches]") {
  AuditHost host;
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  const auto compat = host.rows_of("ai_queries_compat");
  REQUIRE(host.dbmigrate({"upgrade", "audit_queries@008"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT to_regclass('ai_queries') IS NULL,"
                          " to_regclass('ai_queries_archived_' || to_char(now(), 'YYYYMMDD')) IS NOT NULL,"
                          " to_regclass('ai_responses_archived_' || to_char(now(), 'YYYYMMDD')) IS NOT NULL") ==
        "t|t|t");
  CHECK(host.rows_of("ai_queries_compat") == compat);

  SECTION("on another day the database is as expected as on this one") {
    host.database.run(
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM migration_007_state WHERE kind = 'renamed' LOOP"
        " EXECUTE format('ALTER TABLE %I RENAME TO %I', r.definition, r.name || '_archived_20251019');"
        " UPDATE migration_007_state SET definition = r.name || '_archived_20251019' WHERE kind = 'renamed' AND name ="
        " r.name; END LOOP; END $$");
    CHECK(host.dbmigrate({"drift"}) == ExitCode::done);
    REQUIRE(host.dbmigrate({"validate-only", "audit_queries@head"}) == ExitCode::done);
    check_in_order(host.output, {"  ai_queries_archived_20251019: ", " 480\n"});
    REQUIRE(host.dbmigrate({"status"}) == ExitCode::done);
    CHECK_FALSE(contains(host.output, "gone"));
  }
  SECTION("its downgrade gives the names back, and 007 is as it was") {
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@007"}) == ExitCode::done);
    CHECK(host.dbmigrate({"drift"}) == ExitCode::done);
    CHECK(host.dbmigrate({"validate-only", "audit_queries@007"}) == ExitCode::done);
    CHECK(host.rows_of("ai_queries_compat") == compat);
    CHECK(host.database.ask("SELECT count(*) FROM ai_queries_archive a JOIN audit_queries n ON n.id = a.audit_query_id"
                            " WHERE n.query_text = a.query_text") == "480");
    REQUIRE(host.dbmigrate({"upgrade", "audit_queries@008"}) == ExitCode::done);
  }
  SECTION("below 007 it refuses, before anything is touched, and names the backup") {
    const auto schema = host.schema();
    CHECK(host.dbmigrate({"downgrade", "audit_queries@006"}) == ExitCode::refused);
    CHECK(contains(host.output, "restore the backup that was taken before 007"));
    CHECK(host.schema() == schema);
    REQUIRE(host.dbmigrate({"downgrade", "audit_queries@007"}) == ExitCode::done);
    CHECK(contains(error_of([&] { host.database.run("SELECT rollback_migration_007()"); }).message,
                   "the archives that a rollback needs are gone"));
    CHECK(host.dbmigrate({"downgrade", "audit_queries@006", "--allow-data-loss"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "Restore the backup that was taken before 007"));
    CHECK(host.rows_of("ai_queries").starts_with("480|"));
  }
}

TEST_CASE("audit_queries: the only branch of its settings, up, down and up again", "[branches]") {
  SECTION("on an empty database, through the hold") {
    Host host("audit_queries");
    const auto before = host.schema();
    REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
    const auto after = host.schema();
    CHECK(contains(after, "ai_queries_archived_"));
    REQUIRE(host.dbmigrate_configured({"downgrade", "base"}) == ExitCode::done);
    CHECK(host.schema() == before);
    REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
    CHECK(host.schema() == after);
    CHECK(host.dbmigrate_configured({"validate-only", "head"}) == ExitCode::done);
  }
  SECTION("on its project's database, whose tables stay") {
    AuditHost host;
    const auto schema = host.schema();
    const auto rows = host.all_rows();
    REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
    REQUIRE(host.dbmigrate_configured({"downgrade", "base"}) == ExitCode::done);
    CHECK(host.recorded().empty());
    CHECK(host.schema() == schema);
    CHECK(host.all_rows() == rows);
    REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
    CHECK(host.dbmigrate_configured({"validate-only"}) == ExitCode::done);
  }
}
