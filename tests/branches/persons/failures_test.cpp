// Personas that cannot be migrated, and those that come later.
// SPDX-License-Identifier: Apache-2.0
#include "personas.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kRevision = "persons@003_migrate_personas";

std::string migrated_rows(Host& host) {
  return host.rows_of("persons") + host.rows_of("person_data") + host.rows_of("personas") +
         host.rows_of("persons_migration_map");
}

}  // namespace

TEST_CASE("persons: what cannot be migrated is listed, the rest goes on, and mended rows follow", "[branches]") {
  Host host("persons");
  make_personas_with_failures(host);

  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::part_way);
  INFO(host.output);
  CHECK(host.says("Migrated: 9985\n"));
  CHECK(host.says("Failed:   3\n"));
  CHECK(host.says("Skipped:  12 (7 no raw_text, 5 persona is not a JSON object)\n"));
  CHECK(host.says("Total:    10000\n"));
  CHECK(host.says("Status:   PARTIAL FAILURE\n"));
  for (const auto* place : {"0", "1", "2"}) {
    const auto id = host.database.ask("SELECT id FROM personas WHERE raw_text = 'refuse me' ORDER BY id OFFSET " +
                                      std::string(place) + " LIMIT 1");
    CHECK(host.says("Failed personas (id=" + id + "): this persona is not to be touched (SQLSTATE P0001)"));
    CHECK(host.says("  id=" + id + ": this persona is not to be touched (SQLSTATE P0001, 1 attempt)"));
  }
  CHECK(host.says("\n  1 of 3 steps of persons@003_migrate_personas are done and recorded."));

  SECTION("still refused, they stay what they are") {
    CHECK(host.dbmigrate({"backfill", "retry"}) == ExitCode::part_way);
    CHECK(host.says("2 attempts"));
    CHECK(host.database.ask("SELECT count(*) FROM persons") == "9985");
  }
  SECTION("the cause mended, a retry finishes the revision and nothing is done twice") {
    host.database.run("DROP TRIGGER refuse_some ON personas");
    CHECK(host.dbmigrate({"backfill", "retry", std::string(kRevision)}) == ExitCode::done);
    CHECK(host.says("Migrated: 9988 (3 now)"));
    CHECK(host.says("Status:   SUCCESS"));
    CHECK(host.database.ask("SELECT state FROM dbmigrate.version WHERE revision = '003_migrate_personas'") ==
          "applied");
    CHECK(host.database.ask("SELECT count(*), count(DISTINCT id) FROM personas") == "10000|10000");
    CHECK(host.database.ask("SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM person_data)") ==
          "9988|9988");

    const auto rows = migrated_rows(host);
    CHECK(host.dbmigrate({"backfill", "retry", std::string(kRevision)}) == ExitCode::done);
    CHECK(host.dbmigrate({"backfill", "run", std::string(kRevision)}) == ExitCode::done);
    CHECK(host.says("Migrated: 9988 (0 now)"));
    CHECK(migrated_rows(host) == rows);
  }
}

TEST_CASE("persons: backfill run takes up what was inserted or mended since", "[branches]") {
  Host host("persons");
  make_personas(host, 2000);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  insert_as_before(host, "inserted since");
  host.database.run(
      "UPDATE personas SET raw_text = 'mended' WHERE id = (SELECT id FROM personas WHERE raw_text IS NULL"
      " LIMIT 1); UPDATE personas SET persona = '{}' WHERE id = (SELECT id FROM personas WHERE"
      " jsonb_typeof(persona) = 'array' LIMIT 1)");
  CHECK(host.dbmigrate({"validate-only"}) == ExitCode::findings);
  CHECK(host.says("[FAILED] persons@003_migrate_personas: no persona without a person but the skipped: 3 rows"));
  CHECK(host.dbmigrate({"backfill", "run", "personas"}) == ExitCode::done);
  CHECK(host.says("Migrated: 1993 (3 now)"));
  CHECK(host.says("Skipped:  8 "));
  CHECK(host.database.ask("SELECT count(*) FROM person_data WHERE raw_text IN ('inserted since', 'mended')") == "2");
  CHECK(host.dbmigrate({"validate-only"}) == ExitCode::done);
  INFO(host.output);
}

TEST_CASE("persons: the downgrade refuses to lose what came since, with counts", "[branches]") {
  Host host("persons");
  make_personas(host, 2000);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  const auto lineage = host.database.ask("SELECT persona_id FROM persons_migration_map LIMIT 1");

  SECTION("submissions, recomputed personas, and personas in the place of migrated ones") {
    host.database.run(
        "INSERT INTO person_data (person_id, raw_text) SELECT person_id, 'more' FROM personas"
        " WHERE person_id IS NOT NULL AND id <> '" +
        lineage +
        "' LIMIT 3;"
        "UPDATE personas SET version = 2 WHERE id = '" +
        lineage +
        "';"
        "WITH gone AS (DELETE FROM personas WHERE id = (SELECT persona_id FROM persons_migration_map WHERE persona_id "
        "<>"
        " '" +
        lineage +
        "' LIMIT 1) RETURNING id)"
        " SELECT * FROM gone");
    host.database.run(
        "INSERT INTO personas (person_id, persona) SELECT person_id, '{}' FROM persons_migration_map m"
        " WHERE NOT EXISTS (SELECT FROM personas p WHERE p.id = m.persona_id)");
    CHECK(host.dbmigrate({"downgrade", "persons@002"}) == ExitCode::refused);
    INFO(host.output);
    CHECK(host.says("3 rows (submissions made since to persons that the migration created)"));
    CHECK(host.says("1 row (personas recomputed since)"));
    CHECK(host.says("1 row (personas created since for persons that the migration created)"));
    CHECK(host.says("--allow-data-loss"));
    CHECK(host.database.ask("SELECT count(*) FROM persons") == "1990");
    CHECK(host.dbmigrate({"downgrade", "persons@002", "--allow-data-loss"}) == ExitCode::done);
    CHECK(host.database.ask("SELECT count(*) FROM persons") == "0");
    CHECK(host.database.ask("SELECT count(*) FROM personas") == "1999");
  }
  SECTION("what was changed otherwise is kept as it is now") {
    host.database.run("UPDATE personas SET note = 'changed' WHERE raw_text = 'text about person 100'");
    const auto changed = host.database.ask("SELECT updated_at FROM personas WHERE note = 'changed'");
    CHECK(host.dbmigrate({"downgrade", "persons@002"}) == ExitCode::done);
    CHECK(host.database.ask("SELECT updated_at FROM personas WHERE note = 'changed'") == changed);
  }
}
