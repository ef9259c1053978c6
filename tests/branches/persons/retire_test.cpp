// 004_retire_raw_text: what stops it, how it goes on, how it comes back.
// SPDX-License-Identifier: Apache-2.0
#include "personas.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

void at_hold(Host& host) {
  make_personas(host, 2000);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
}

std::string columns_of_personas(Host& host) {
  return host.database.ask(
      "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'personas'::regclass"
      " AND attnum > 0 AND NOT attisdropped");
}

}  // namespace

TEST_CASE("persons: everything that stands in the way of 004 is told at once, with counts", "[branches]") {
  Host host("persons");
  at_hold(host);
  insert_as_before(host, "late");
  host.database.run(
      "UPDATE personas SET raw_text = 'patched' WHERE raw_text IN ('text about person 7', 'text about person 8');"
      "CREATE INDEX texts ON personas (left(raw_text, 10)); CREATE VIEW texts_seen AS SELECT raw_text FROM personas;"
      "CREATE STATISTICS texts_known ON raw_text, note FROM personas;"
      "ALTER TABLE personas ADD CONSTRAINT texts_short CHECK (length(raw_text) < 1000);"
      "GRANT SELECT (raw_text) ON personas TO PUBLIC");
  const auto rows = host.rows_of("personas");
  CHECK(host.dbmigrate({"upgrade", "persons@004"}) == ExitCode::findings);
  INFO(host.output);
  CHECK(host.says("3 requirements are not met"));
  CHECK(host.says("Found 11 rows: "));
  CHECK(host.says("SELECT id FROM personas WHERE person_id IS NULL"));
  CHECK(host.says("Found 2 rows: "));
  for (const auto* mine : {"index texts", "view texts_seen", "statistics object texts_known",
                           "constraint texts_short on table personas", "a grant on the column to PUBLIC"}) {
    CHECK(host.says(mine));
  }
  CHECK(host.says("--accept-skipped"));
  CHECK(host.says("backfill run persons@003_migrate_personas"));
  CHECK(host.rows_of("personas") == rows);
  CHECK(columns_of_personas(host).find("raw_text") != std::string::npos);

  // What can be skipped may be accepted; the late one is to be migrated.
  CHECK(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::findings);
  CHECK(host.says("Found 1 row: "));

  host.database.run(
      "DROP INDEX texts; DROP VIEW texts_seen; DROP STATISTICS texts_known;"
      "ALTER TABLE personas DROP CONSTRAINT texts_short; REVOKE SELECT (raw_text) ON personas FROM PUBLIC;"
      "WITH d AS (INSERT INTO person_data (person_id, raw_text) SELECT person_id, raw_text FROM personas"
      " WHERE raw_text = 'patched' RETURNING id, person_id)"
      " UPDATE personas p SET version = 2, computed_from_data_ids = computed_from_data_ids || d.id FROM d"
      " WHERE d.person_id = p.person_id");
  CHECK(host.dbmigrate({"backfill", "run"}) == ExitCode::done);
  CHECK(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::done);
  INFO(host.output);
  CHECK(host.database.ask("SELECT count(*) FROM personas_skipped") == "10");
}

TEST_CASE("persons: a text that is not the lineage's last one stops 004", "[branches]") {
  Host host("persons");
  at_hold(host);
  // New code submits more and leaves raw_text as it was.
  host.database.run(
      "WITH d AS (INSERT INTO person_data (person_id, raw_text) SELECT person_id, 'more' FROM personas"
      " WHERE raw_text = 'text about person 7' RETURNING id, person_id)"
      " UPDATE personas p SET version = 2, computed_from_data_ids = computed_from_data_ids || d.id FROM d"
      " WHERE d.person_id = p.person_id");
  CHECK(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::findings);
  CHECK(host.says("Found 1 row: " + host.database.ask("SELECT id FROM personas WHERE version = 2")));
  host.database.run("UPDATE personas SET raw_text = NULL WHERE version = 2");
  CHECK(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::done);
  CHECK(host.dbmigrate({"downgrade", "persons@003"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT raw_text FROM personas WHERE version = 2") == "text about person 7");
}

TEST_CASE("persons: the skipped come back with 004's downgrade, column for column", "[branches]") {
  Host host("persons");
  at_hold(host);
  const auto rows = host.rows_of("personas", kOldColumns);
  REQUIRE(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::done);

  SECTION("as they were") {
    REQUIRE(host.dbmigrate({"downgrade", "persons@003"}) == ExitCode::done);
    CHECK(host.rows_of("personas", kOldColumns) == rows);
    CHECK(host.database.ask("SELECT to_regclass('personas_skipped')") == "NULL");
  }
  SECTION("personas without a submission are counted, and need a word") {
    host.database.run(
        "WITH p AS (INSERT INTO persons DEFAULT VALUES RETURNING id) INSERT INTO personas (person_id, persona)"
        " SELECT id, '{}' FROM p");
    CHECK(host.dbmigrate({"downgrade", "persons@003"}) == ExitCode::refused);
    CHECK(host.says("1 row (personas created since have no submission that raw_text could be taken from)"));
    CHECK(host.dbmigrate({"downgrade", "persons@003", "--allow-data-loss"}) == ExitCode::done);
    CHECK(host.database.ask("SELECT count(*) FROM personas WHERE raw_text IS NULL AND person_id IS NOT NULL") == "1");
  }
}

TEST_CASE("persons: old and new clients both work between 002 and 004", "[branches]") {
  Host host("persons");
  make_personas(host, 2000);
  const auto clients = [&] {
    insert_as_before(host, "old client");
    host.database.run("UPDATE personas SET raw_text = 'patched', persona = '{}' WHERE raw_text = 'old client'");
    insert_as_now(host, "new client");
  };
  REQUIRE(host.dbmigrate({"upgrade", "persons@002"}) == ExitCode::done);
  clients();
  REQUIRE(host.dbmigrate({"upgrade", "persons@003"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM personas WHERE person_id IS NULL AND raw_text = 'patched'") == "0");
  clients();
  CHECK(host.database.ask("SELECT count(*), count(raw_text), count(person_id) FROM personas WHERE raw_text = 'patched'"
                          " OR raw_text IS NULL AND person_id IS NOT NULL") == "4|2|3");
  CHECK(host.dbmigrate({"backfill", "run"}) == ExitCode::done);
  CHECK(host.dbmigrate({"validate-only"}) == ExitCode::done);
  CHECK(host.dbmigrate({"upgrade", "head", "--through-holds", "--accept-skipped"}) == ExitCode::done);
  insert_as_now(host, "new client");
  CHECK(host.dbmigrate({"validate-only", "head"}) == ExitCode::done);
}
