// The persons branch on the database that its project has, all the way up and back.
// SPDX-License-Identifier: Apache-2.0
#include "personas.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// 10 of 2,000 are blank or no JSON objects.
constexpr int kRows = 2000;

void check_migrated(Host& host) {
  CHECK(host.database.ask("SELECT count(*), count(person_id) FROM personas") == "2000|1990");
  CHECK(host.database.ask(
            "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM person_data WHERE source = 'migration')") ==
        "1990|1990");
  CHECK(host.database.ask("SELECT count(*) FROM personas p JOIN person_data d ON ARRAY[d.id] = p.computed_from_data_ids"
                          " JOIN persons h ON h.id = p.person_id JOIN persons_migration_map m ON m.persona_id = p.id"
                          " WHERE d.person_id = p.person_id AND d.raw_text = p.raw_text AND d.created_at = p.created_at"
                          " AND h.created_at = p.created_at AND h.updated_at = m.old_updated_at AND p.version = 1") ==
        "1990");
}

}  // namespace

TEST_CASE("persons: a populated database goes to the hold, and back with every row as it was", "[branches]") {
  Host host("persons");
  make_personas(host, kRows);
  const bool pasted = GENERATE(false, true);
  CAPTURE(pasted);
  if (pasted) paste_schema(host);
  const auto schema = host.schema();
  const auto rows = host.rows_of("personas", kOldColumns);

  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  INFO(host.output);
  CHECK(host.says("adopted persons@001_create_personas in"));
  CHECK(host.says(pasted ? "adopted persons@002_create_person_aggregate_schema in"
                         : "applied persons@002_create_person_aggregate_schema in"));
  CHECK(host.says("stopped before persons@004_retire_raw_text, which is held"));
  check_migrated(host);
  // All columns but updated_at, which the user's own trigger touches.
  CHECK(host.database.ask("SELECT count(DISTINCT updated_at) > 1 FROM persons") == "t");
  const auto validated = host.dbmigrate({"validate-only", "persons@003"});
  INFO(host.output);
  CHECK(validated == ExitCode::done);
  CHECK(host.says("Relationship validation: [OK]"));
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK_FALSE(host.says("applied"));

  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.rows_of("personas", kOldColumns) == rows);
  CHECK(host.schema() == schema);
  CHECK(host.database.ask("SELECT tgenabled FROM pg_trigger WHERE tgname = 'touch'") == "O");
}

TEST_CASE("persons: past the hold and back, only the place of raw_text among the columns differs", "[branches]") {
  Host host("persons");
  make_personas(host, kRows);
  const auto catalog = catalog_of(host);
  const auto rows = host.rows_of("personas", kOldColumns);
  REQUIRE(host.dbmigrate({"upgrade", "persons@003"}) == ExitCode::done);
  const auto catalog_of_003 = catalog_of(host);

  REQUIRE(host.dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*), count(person_id) FROM personas") == "1990|1990");
  CHECK(host.database.ask("SELECT reason, count(*) FROM personas_skipped GROUP BY reason ORDER BY reason") ==
        "no raw_text|4\npersona is not a JSON object|6");
  CHECK(host.database.ask("SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'personas'::regclass"
                          " AND attname IN ('raw_text', 'person_id') AND NOT attisdropped") == "person_id|t");
  CHECK(host.dbmigrate({"validate-only", "persons@head"}) == ExitCode::done);
  INFO(host.output);

  REQUIRE(host.dbmigrate({"downgrade", "persons@003"}) == ExitCode::done);
  CHECK(catalog_of(host) == catalog_of_003);
  check_migrated(host);
  CHECK(host.dbmigrate({"validate-only", "persons@003"}) == ExitCode::done);
  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.rows_of("personas", kOldColumns) == rows);
  CHECK(catalog_of(host) == catalog);

  CHECK(host.dbmigrate({"upgrade", "head", "--through-holds", "--accept-skipped"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM persons") == "1990");
}

TEST_CASE("persons: a raw_text that was NOT NULL is so again, and one that is stays a warning", "[branches]") {
  Host host("persons");
  make_personas(host, kRows);
  host.database.run(
      "UPDATE personas SET raw_text = '' WHERE raw_text IS NULL;"
      "ALTER TABLE personas ALTER COLUMN raw_text SET NOT NULL");
  const auto schema = host.schema();
  SECTION("made nullable by 002") {
    REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
    insert_as_now(host, "new");
    CHECK(host.dbmigrate({"downgrade", "persons@001"}) == ExitCode::refused);
    CHECK(host.dbmigrate({"downgrade", "persons@001", "--allow-data-loss"}) == ExitCode::done);
    CHECK(host.database.ask("SELECT count(*) FROM personas WHERE raw_text = 'new'") == "1");
    CHECK(host.schema() == schema);
  }
  SECTION("left as it is where 002 was pasted") {
    paste_schema(host);
    REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
    CHECK(host.dbmigrate({"validate-only"}) == ExitCode::done);
    CHECK(host.says("[WARNING] persons@002_create_person_aggregate_schema: personas.raw_text accepts NULL"));
  }
}

TEST_CASE("persons: timestamps and personas that are NULL have their person all the same", "[branches]") {
  Host host("persons");
  make_personas(host, kRows);
  host.database.run(
      "ALTER TABLE personas ALTER COLUMN created_at DROP NOT NULL, ALTER COLUMN updated_at DROP NOT NULL,"
      " ALTER COLUMN persona DROP NOT NULL, DISABLE TRIGGER touch;"
      "UPDATE personas SET created_at = NULL, updated_at = NULL WHERE raw_text LIKE '%7';"
      "UPDATE personas SET persona = NULL WHERE raw_text LIKE '%88'");
  const auto rows = host.rows_of("personas", kOldColumns);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM personas WHERE person_id IS NULL AND persona IS NULL") == "20");
  CHECK(host.database.ask("SELECT count(person_id) FROM personas") == "1970");
  CHECK(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.rows_of("personas", kOldColumns) == rows);
}
