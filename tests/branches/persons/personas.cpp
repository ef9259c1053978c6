// Tables and rows in SQL.
// SPDX-License-Identifier: Apache-2.0
#include "personas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace dbmigrate::tests {

void make_personas(Host& host, int rows) {
  host.database.run("CREATE SCHEMA extensions; CREATE EXTENSION \"uuid-ossp\" SCHEMA extensions");
  host.database.run(
      "CREATE TABLE personas (id uuid PRIMARY KEY DEFAULT extensions.uuid_generate_v4(), raw_text text,"
      " persona jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),"
      " updated_at timestamptz NOT NULL DEFAULT now(), extra int GENERATED ALWAYS AS IDENTITY, note text DEFAULT 'n')");
  host.run_file("scripts/sample_data/persons.sql", rows);
  host.database.run("UPDATE personas SET raw_text = NULL WHERE raw_text = ''");
  host.database.run(
      "CREATE INDEX personas_note ON personas (note);"
      "GRANT SELECT ON personas TO PUBLIC; GRANT UPDATE (note) ON personas TO PUBLIC;"
      "COMMENT ON TABLE personas IS 'who uses the product';"
      "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;"
      "CREATE TRIGGER touch BEFORE UPDATE ON personas FOR EACH ROW EXECUTE FUNCTION touch()");
}

void paste_schema(Host& host) {
  host.database.run(
      "SET search_path = public, extensions;"
      "CREATE TABLE persons (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY,"
      "  created_at timestamptz DEFAULT now() NOT NULL, updated_at timestamptz DEFAULT now() NOT NULL);"
      "CREATE TABLE person_data (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY,"
      "  person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE, raw_text text NOT NULL,"
      "  source varchar(50) DEFAULT 'api', created_at timestamptz DEFAULT now() NOT NULL,"
      "  updated_at timestamptz DEFAULT now() NOT NULL);"
      "ALTER TABLE personas ADD person_id uuid REFERENCES persons ON DELETE CASCADE, ADD version int DEFAULT 1,"
      "  ADD computed_from_data_ids uuid[] DEFAULT ARRAY[]::uuid[];"
      "CREATE INDEX idx_persons_created_at ON persons (created_at DESC);"
      "CREATE INDEX idx_person_data_person_id ON person_data (person_id);"
      "CREATE INDEX idx_person_data_created_at ON person_data (created_at);"
      "CREATE INDEX idx_personas_person_id ON personas (person_id);"
      "CREATE INDEX idx_personas_version ON personas (version);"
      "ALTER TABLE personas ADD CONSTRAINT personas_person_id_unique UNIQUE (person_id);"
      "CREATE FUNCTION update_persons_updated_at() RETURNS trigger LANGUAGE plpgsql AS"
      "  'BEGIN NEW.updated_at = NOW(); RETURN NEW; END;';"
      "CREATE FUNCTION update_person_data_updated_at() RETURNS trigger LANGUAGE plpgsql AS"
      "  'BEGIN NEW.updated_at = NOW(); RETURN NEW; END;';"
      "CREATE TRIGGER trigger_persons_updated_at BEFORE UPDATE ON persons FOR EACH ROW"
      "  EXECUTE FUNCTION update_persons_updated_at();"
      "CREATE TRIGGER trigger_person_data_updated_at BEFORE UPDATE ON person_data FOR EACH ROW"
      "  EXECUTE FUNCTION update_person_data_updated_at();"
      "RESET search_path");
}

void make_personas_with_failures(Host& host) {
  host.run_file("migrations/persons/001_create_personas.up.sql");
  host.database.run(
      "ALTER TABLE personas ALTER COLUMN raw_text DROP NOT NULL;"
      "INSERT INTO personas (raw_text, persona)"
      " SELECT CASE WHEN n <= 4 THEN E' \\t\\n' WHEN n <= 7 THEN NULL WHEN n IN (100, 200, 300) THEN 'refuse me'"
      "        ELSE 'text ' || n END,"
      "        CASE WHEN n BETWEEN 11 AND 15 THEN '[\"an array\"]' ELSE '{\"an\": \"object\"}' END::jsonb"
      " FROM generate_series(1, 10000) n");
  host.run_file("scripts/sample_data/persons_trigger.sql");
}

std::string catalog_of(Host& host) {
  std::istringstream dump(host.schema());
  std::vector<std::string> lines;
  for (std::string line; std::getline(dump, line);) {
    if (line.ends_with(',')) line.pop_back();
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void insert_as_before(Host& host, std::string_view text) {
  host.database.run(fmt::format("INSERT INTO personas (raw_text, persona) VALUES ('{}', '{{}}')", text));
}

void insert_as_now(Host& host, std::string_view text) {
  host.database.run(fmt::format(
      "WITH p AS (INSERT INTO persons DEFAULT VALUES RETURNING id), d AS (INSERT INTO person_data (person_id, raw_text)"
      " SELECT id, '{}' FROM p RETURNING id, person_id) INSERT INTO personas (person_id, persona, version,"
      " computed_from_data_ids) SELECT person_id, '{{}}', 1, ARRAY[id] FROM d",
      text));
}

}  // namespace dbmigrate::tests
