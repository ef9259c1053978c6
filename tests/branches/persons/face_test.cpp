// What operators of the old script know again.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "personas.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

int count_of(const std::string& text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("persons: the live run has the old script's face", "[branches]") {
  Host host("persons");
  make_personas(host, 2000);
  host.database.run("DELETE FROM personas WHERE raw_text IS NULL OR raw_text !~ '\\S'");  // 4 of them
  const bool all = GENERATE(false, true);
  const auto verbosity =
      all ? std::vector<std::string>{"upgrade", "head", "-v"} : std::vector<std::string>{"upgrade", "head"};
  REQUIRE(host.dbmigrate(verbosity) == ExitCode::done);
  INFO(host.output);
  CHECK(host.says("Mode: LIVE (changes applied)\n"));
  CHECK(host.says("Found 1996 personas to migrate\n"));
  CHECK(host.says(
      fmt::format("[1/1996] Migrated personas (id={})\n",
                  host.database.ask("SELECT id FROM personas WHERE person_id IS NOT NULL ORDER BY id LIMIT 1"))));
  CHECK(host.says("[20/1996] Migrated personas (id="));
  CHECK(count_of(host.output, "] Migrated personas (id=") == (all ? 1990 : 20));
  // Then one line for each batch.
  CHECK(count_of(host.output, " rows in ") >= 2);
  CHECK(host.says("[1996/1996] "));
  CHECK(host.says("MIGRATION SUMMARY"));
  CHECK(host.says("Migrated: 1990\n"));
  CHECK(host.says("Failed:   0\n"));
  CHECK(host.says("Skipped:  6 (6 persona is not a JSON object)\n"));
  CHECK(host.says("Total:    1996\n"));
  CHECK(host.says("Status:   SUCCESS\n"));
}

TEST_CASE("persons: validate-only counts the three tables and judges their relationships", "[branches]") {
  Host host("persons");
  make_personas(host, 2000);
  REQUIRE(host.dbmigrate({"upgrade", "head", "--through-holds", "--accept-skipped"}) == ExitCode::done);
  CHECK(host.dbmigrate({"validate-only", "persons@head"}) == ExitCode::done);
  INFO(host.output);
  CHECK(host.says("VALIDATING MIGRATION\n"));
  CHECK(host.says("Table record counts:\n"));
  CHECK(host.says("  persons:               1990\n"));
  CHECK(host.says("  person_data:           1990\n"));
  CHECK(host.says("  personas:              1990\n"));
  CHECK(host.says("personas that were set aside: 10\n"));
  CHECK(host.says("Relationship validation: [OK]\n"));

  host.database.run(
      "UPDATE personas SET computed_from_data_ids = ARRAY[gen_random_uuid()] WHERE id ="
      " (SELECT id FROM personas LIMIT 1)");
  CHECK(host.dbmigrate({"validate-only", "persons@head"}) == ExitCode::findings);
  CHECK(
      host.says("[FAILED] persons@002_create_person_aggregate_schema: every id in computed_from_data_ids is a "
                "submission of the same person: 1 row"));
  CHECK(host.says("Relationship validation: [FAILED]\n"));
}
