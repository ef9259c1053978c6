// The persons branch, its SQL step by step, on personas as the host application has them.
// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "../host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kSchema = "002_create_person_aggregate_schema";
constexpr std::string_view kData = "003_migrate_personas";
constexpr std::string_view kRetire = "004_retire_raw_text";
constexpr std::string_view kOldColumns = "id, raw_text, persona, created_at, updated_at, extra, note";

/// With columns, an index, a trigger and the extension where our baseline has none.
void make_personas(Host& host) {
  host.database.run("CREATE SCHEMA extensions; CREATE EXTENSION \"uuid-ossp\" SCHEMA extensions");
  host.database.run(
      "CREATE TABLE personas (id uuid PRIMARY KEY DEFAULT extensions.uuid_generate_v4(), raw_text text,"
      " persona jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT "
      "now(),"
      " extra int GENERATED ALWAYS AS IDENTITY, note text DEFAULT 'n')");
  host.database.run("CREATE INDEX personas_note ON personas (note)");
  host.run_file("scripts/sample_data/persons.sql", 2000);
  host.database.run("UPDATE personas SET raw_text = NULL WHERE raw_text = ''");
  host.database.run(
      "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;"
      "CREATE TRIGGER touch BEFORE UPDATE ON personas FOR EACH ROW EXECUTE FUNCTION touch()");
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.info().message + " " + error.info().detail;
  }
  return "nothing failed";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("persons: every usable persona gets a person, and the way back loses nothing", "[branches]") {
  Host host("persons");
  make_personas(host);
  const auto schema = host.schema();
  const auto rows = host.rows_of("personas", kOldColumns);

  host.run_steps(kSchema, Direction::upgrade);
  const auto schema_of_002 = host.schema();
  host.run_steps(kData, Direction::upgrade);
  CHECK(host.database.ask("SELECT count(*), count(person_id) FROM personas") == "2000|1990");
  CHECK(host.database.ask(
            "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM person_data WHERE source = 'migration')") ==
        "1990|1990");
  CHECK(host.database.ask(
            "SELECT count(*) FROM personas p JOIN person_data d ON ARRAY[d.id] = p.computed_from_data_ids"
            " JOIN persons h ON h.id = p.person_id WHERE d.person_id = p.person_id AND d.raw_text = p.raw_text"
            " AND d.created_at = p.created_at AND h.created_at = p.created_at AND p.version = 1") == "1990");

  SECTION("the downgrade puts updated_at back, under the user's own trigger") {
    host.run_steps(kData, Direction::downgrade);
    CHECK(host.rows_of("personas", kOldColumns) == rows);
    CHECK(host.database.ask("SELECT tgenabled FROM pg_trigger WHERE tgname = 'touch'") == "O");
    CHECK(host.schema() == schema_of_002);
    host.run_steps(kSchema, Direction::downgrade);
    CHECK(host.schema() == schema);
    CHECK(host.rows_of("personas", kOldColumns) == rows);
  }
  SECTION("what was changed since keeps its own updated_at") {
    host.database.run("UPDATE personas SET note = 'changed' WHERE raw_text = 'text about person 100'");
    const auto changed = host.database.ask("SELECT updated_at FROM personas WHERE note = 'changed'");
    host.run_steps(kData, Direction::downgrade);
    CHECK(host.database.ask("SELECT updated_at FROM personas WHERE note = 'changed'") == changed);
  }
  SECTION("newer submissions and recomputed personas stop the downgrade, with counts") {
    host.database.run(
        "INSERT INTO person_data (person_id, raw_text) SELECT person_id, 'more' FROM personas"
        " WHERE person_id IS NOT NULL LIMIT 3; UPDATE personas SET version = 2 WHERE id = (SELECT persona_id FROM"
        " persons_migration_map LIMIT 1)");
    const auto error = error_of([&] { host.run_steps(kData, Direction::downgrade); });
    CHECK(contains(error, "Newer submissions in person_data: 3. Personas recomputed since: 1."));
    CHECK(host.database.ask("SELECT count(*) FROM persons") == "1990");
    host.run_steps(kData, Direction::downgrade, {"allow_data_loss"});
    CHECK(host.database.ask("SELECT count(*) FROM persons") == "0");
  }
}

TEST_CASE("persons: old and new clients both work between 002 and 004", "[branches]") {
  Host host("persons");
  make_personas(host);
  host.run_steps(kSchema, Direction::upgrade);
  host.run_steps(kData, Direction::upgrade);
  host.database.run("INSERT INTO personas (raw_text, persona) VALUES ('old client', '{}')");
  host.database.run("UPDATE personas SET raw_text = 'patched', persona = '{}' WHERE raw_text = 'text about person 7'");
  host.database.run(
      "WITH p AS (INSERT INTO persons DEFAULT VALUES RETURNING id), d AS (INSERT INTO person_data (person_id, raw_text)"
      " SELECT id, 'new client' FROM p RETURNING id, person_id) INSERT INTO personas (person_id, persona, version,"
      " computed_from_data_ids) SELECT person_id, '{}', 1, ARRAY[id] FROM d");
  CHECK(host.database.ask("SELECT count(*) FROM personas WHERE raw_text IS NULL AND person_id IS NOT NULL") == "1");
}

TEST_CASE("persons: skipped personas are set aside when that is accepted, and come back", "[branches]") {
  Host host("persons");
  make_personas(host);
  host.run_steps(kSchema, Direction::upgrade);
  host.run_steps(kData, Direction::upgrade);
  const auto schema = host.schema();
  const auto rows = host.rows_of("personas", kOldColumns);

  SECTION("not accepted: the step that looks again stops it") {
    CHECK(contains(error_of([&] { host.run_steps(kRetire, Direction::upgrade); }), "Without a person: 10."));
    host.run_steps(kRetire, Direction::downgrade);
    CHECK(host.schema() == schema);
    CHECK(host.rows_of("personas", kOldColumns) == rows);
  }
  SECTION("accepted") {
    host.run_steps(kRetire, Direction::upgrade, {"accept_skipped"});
    CHECK(host.database.ask("SELECT reason, count(*) FROM personas_skipped GROUP BY reason ORDER BY reason") ==
          "no raw_text|4\npersona is not a JSON object|6");
    CHECK(host.database.ask(
              "SELECT count(*) FROM pg_attribute WHERE attrelid = 'personas'::regclass AND attname = 'raw_text'"
              " AND NOT attisdropped") == "0");
    CHECK(host.database.ask(
              "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'personas'::regclass AND attname = 'person_id'") ==
          "t");
    host.run_steps(kRetire, Direction::downgrade);
    CHECK(host.rows_of("personas", kOldColumns) == rows);
    CHECK(host.database.ask("SELECT to_regclass('personas_skipped')") == "NULL");
  }
  SECTION("a persona without a submission stops the way back, with its count") {
    host.run_steps(kRetire, Direction::upgrade, {"accept_skipped"});
    host.database.run(
        "WITH p AS (INSERT INTO persons DEFAULT VALUES RETURNING id) INSERT INTO personas (person_id, persona)"
        " SELECT id, '{}' FROM p");
    CHECK(contains(error_of([&] { host.run_steps(kRetire, Direction::downgrade); }), "1 personas have no submission"));
    host.run_steps(kRetire, Direction::downgrade, {"allow_data_loss"});
    CHECK(host.database.ask("SELECT count(*) FROM personas WHERE raw_text IS NULL AND person_id IS NOT NULL") == "1");
  }
}
