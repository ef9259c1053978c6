// The life_graph branch on documents that an application has already, with duplicates among them.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "../host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kOldColumns =
    "id, path, content, content_hash, conversation_id, created_at, updated_at, extra";

/// 2,000, of which 200 share one content and 100 have none; with more than our baseline has.
void make_documents(Host& host) {
  host.run_file("migrations/life_graph/000_documents.up.sql");
  host.run_file("scripts/sample_data/life_graph_rows.sql", 2000);
  host.database.run(
      "ALTER TABLE documents ADD COLUMN extra int DEFAULT 7, ALTER COLUMN path DROP NOT NULL;"
      "CREATE INDEX documents_path ON documents (path); GRANT SELECT ON documents TO PUBLIC;"
      "COMMENT ON TABLE documents IS 'what was uploaded';"
      "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
      "CREATE TRIGGER seen BEFORE INSERT ON documents FOR EACH ROW EXECUTE FUNCTION seen()");
}

/// Ids of rows that are not as the backfill is to leave them.
std::string wrong_rows(Host& host) {
  return host.database.ask(
      "SELECT id FROM (SELECT *, encode(sha256(convert_to(content, 'UTF8')), 'hex') AS hash,"
      "   row_number() OVER (PARTITION BY content ORDER BY id) AS place FROM documents) AS d"
      " WHERE source IS DISTINCT FROM 'upload'"
      "    OR sha256 IS DISTINCT FROM CASE WHEN place = 1 AND content IS NOT NULL THEN hash END"
      "    OR storage_uri IS DISTINCT FROM 'local://data/documents/' || coalesce(sha256, id::text)");
}

}  // namespace

TEST_CASE("life_graph: documents go to the hold, past it, back and up again with every row", "[branches]") {
  Host host("life_graph");
  make_documents(host);
  const auto schema = host.schema();
  const auto rows = host.rows_of("documents", kOldColumns);

  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  INFO(host.output);
  CHECK(host.says("adopted life_graph@000_documents in"));
  CHECK(host.says("Migrated: 2000\n"));
  CHECK(host.says("stopped before life_graph@005_require_document_source, which is held"));
  CHECK(wrong_rows(host).empty());
  CHECK(host.database.ask("SELECT count(sha256) FROM documents") == "1701");
  CHECK(host.dbmigrate({"validate-only"}) == ExitCode::done);

  // The old application between the two.
  host.database.run(
      "INSERT INTO documents (path, content) VALUES ('late', 'the same content'), ('late', 'new content'),"
      " ('late', 'new content'), ('late', NULL)");
  CHECK(host.dbmigrate({"upgrade", "head", "--through-holds"}) == ExitCode::done);
  CHECK(host.says("Migrated: 4\n"));
  CHECK(host.database.ask("SELECT count(*), count(source), count(storage_uri), count(sha256) FROM documents"
                          " WHERE path = 'late'") == "4|4|4|1");
  CHECK(host.database.ask("SELECT count(*) FROM documents WHERE sha256 = (SELECT sha256 FROM documents WHERE content ="
                          " 'the same content' AND sha256 IS NOT NULL)") == "1");
  CHECK(host.dbmigrate({"validate-only", "life_graph@head"}) == ExitCode::done);
  INFO(host.output);
  CHECK(host.database.ask("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx\\_%'") ==
        "24");
  CHECK(host.database.ask("SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attnotnull AND"
                          " attrelid = 'documents'::regclass AND attname IN ('source', 'storage_uri', 'path')") ==
        "source storage_uri");

  host.database.run("DELETE FROM documents WHERE path = 'late'");
  CHECK(host.dbmigrate({"downgrade", "life_graph@000"}) == ExitCode::done);
  CHECK(host.rows_of("documents", kOldColumns) == rows);
  CHECK(host.schema() == schema);
  CHECK(host.dbmigrate({"upgrade", "life_graph@head", "--through-holds"}) == ExitCode::done);
  CHECK(wrong_rows(host).empty());
  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.rows_of("documents", kOldColumns) == rows);
  CHECK(host.schema() == schema);
}

TEST_CASE("life_graph: a hash that somebody commits while a batch runs stays theirs", "[branches]") {
  Host host("life_graph");
  make_documents(host);
  host.database.run(
      "CREATE FUNCTION wait_for_me() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;"
      "CREATE TRIGGER wait_for_me BEFORE UPDATE ON documents FOR EACH STATEMENT EXECUTE FUNCTION wait_for_me();"
      "SELECT pg_advisory_lock(7)");
  auto run = std::async(std::launch::async, [&] { return host.dbmigrate({"upgrade", "life_graph@003"}); });
  // The batch has looked who holds which hash, and writes once the lock is gone.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (host.database.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted"
                           " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == "0") {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  host.database.run(
      "INSERT INTO documents (id, path, content, source, storage_uri, sha256) VALUES"
      " ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'mine', 'content 5', 'email', 'local://mine',"
      "  encode(sha256('content 5'), 'hex')); SELECT pg_advisory_unlock(7)");
  const auto code = run.get();
  INFO(host.output);
  CHECK(code == ExitCode::done);
  CHECK(host.says("Migrated: 2000\n"));
  CHECK(host.says("Failed:   0\n"));
  CHECK(
      host.database.ask("SELECT path, sha256 IS NOT NULL, storage_uri = 'local://data/documents/' || id FROM documents"
                        " WHERE content = 'content 5' ORDER BY path") == "inbox/5|f|t\nmine|t|f");
  CHECK(host.database.ask("SELECT count(*), count(sha256) FROM documents") == "2001|1701");
}

TEST_CASE("life_graph: values that the application wrote are kept, and stop the downgrade", "[branches]") {
  Host host("life_graph");
  make_documents(host);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  host.database.run(
      "INSERT INTO documents (path, content, source) VALUES ('mine', 'mine', 'email');"
      "UPDATE documents SET extraction_type = 'invoice' WHERE path = 'inbox/5'");
  CHECK(host.dbmigrate({"upgrade", "life_graph@005"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT source, sha256 IS NOT NULL FROM documents WHERE path = 'mine'") == "email|t");
  CHECK(host.dbmigrate({"downgrade", "life_graph@002"}) == ExitCode::refused);
  INFO(host.output);
  CHECK(host.says("2 rows"));
  CHECK(host.dbmigrate({"downgrade", "life_graph@002", "--allow-data-loss"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM documents") == "2001");
}

TEST_CASE("life_graph: parties, roles and commitments are there to be used, and gone after a cycle", "[branches]") {
  Host host("life_graph");
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.says("applied life_graph@005_require_document_source in"));  // nothing to hold for in an empty database
  host.database.run(
      "WITH party AS (INSERT INTO parties (kind, name) VALUES ('org', 'ACME Corp'), ('org', 'Acme Corporation'),"
      "   ('org', 'Unrelated') RETURNING id),"
      " role AS (INSERT INTO roles (party_id, user_id, role_name) SELECT id, gen_random_uuid(), 'Vendor' FROM party"
      "   RETURNING id)"
      " INSERT INTO commitments (role_id, commitment_type, title, source, priority, state)"
      " SELECT (SELECT id FROM role LIMIT 1), 'obligation', 'Pay ' || n, 'vision_extract', n % 101,"
      "   CASE WHEN n % 4 = 0 THEN 'active' ELSE 'fulfilled' END::commitment_state FROM generate_series(1, 10000) n;"
      "ANALYZE parties, roles, commitments");
  CHECK(host.database.ask("SELECT name FROM parties WHERE name % 'ACME Corp'"
                          " ORDER BY similarity(name, 'ACME Corp') DESC LIMIT 5") == "ACME Corp\nAcme Corporation");
  const auto plan = host.database.ask(
      "EXPLAIN SELECT * FROM commitments WHERE state = 'active' AND priority >= 50 ORDER BY priority DESC LIMIT 50");
  INFO(plan);
  CHECK(plan.find("Index Scan using idx_commitments_priority") != std::string::npos);
  CHECK(host.dbmigrate({"validate-only", "life_graph@head"}) == ExitCode::done);

  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::refused);
  CHECK(host.dbmigrate({"downgrade", "base", "--allow-data-loss"}) == ExitCode::done);
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM parties") == "0");
}

TEST_CASE("life_graph: the guide's targets work where only this branch is selected", "[branches]") {
  Host host("life_graph");
  CHECK(host.dbmigrate({"upgrade", "002"}) == ExitCode::done);
  CHECK(host.dbmigrate({"downgrade", "001"}) == ExitCode::done);
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.dbmigrate({"downgrade", "-1"}) == ExitCode::done);
  CHECK(host.says("reverted life_graph@005_require_document_source in"));
  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0");
}
