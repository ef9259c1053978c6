// The program killed in the middle of persons, as often as it takes.
// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../migrations_copy.hpp"
#include "faults/child.hpp"
#include "personas.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr int kKills = 50;
constexpr int kRows = 4000;
constexpr std::int64_t kMigrated = 3980;  ///< the others are skipped

std::string migrated(Host& host) {
  if (host.database.ask("SELECT to_regclass('dbmigrate.backfill') IS NOT NULL") != "t") return "0";
  return host.database.ask("SELECT coalesce(max(migrated), 0) FROM dbmigrate.backfill");
}

/// Starts the program and kills it once it has migrated `rows`, a moment later. False when it came to its end before.
bool killed_behind(Host& host, const std::vector<std::string>& command, std::int64_t rows,
                   std::chrono::microseconds later) {
  faults::Child child(command);
  while (!child.over() && std::stoll(migrated(host)) < rows) {
  }
  std::this_thread::sleep_for(later);
  if (child.over()) return false;
  child.signal(SIGKILL);
  return child.wait() != 0;
}

}  // namespace

TEST_CASE("persons: killed at fifty random moments, each persona is migrated exactly once", "[branches]") {
  Host host("persons");
  TemporaryFolder folder;
  make_personas(host, kRows);
  const auto rows = host.rows_of("personas", "id, raw_text, persona, created_at, extra, note");
  host.database.run(
      "CREATE TABLE migrated (persona uuid); CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN INSERT INTO migrated VALUES (NEW.id); RETURN NULL; END $$;"
      "CREATE TRIGGER count_it AFTER UPDATE ON personas FOR EACH ROW"
      " WHEN (to_jsonb(OLD) ->> 'person_id' IS DISTINCT FROM to_jsonb(NEW) ->> 'person_id')"
      " EXECUTE FUNCTION count_it()");
  const auto copy = with_small_batches("persons", 10, (folder.path() / "migrations").string());
  const auto command = [&](const std::string& target) {
    return std::vector<std::string>{DBMIGRATE_PROGRAM, "upgrade", target,  "--wait", "30s",
                                    "--dir",           copy,      "--url", host.url};
  };
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&](std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>(0, limit)(random); };
  int killed = 0;
  while (killed < kKills) {
    const auto done = std::stoll(migrated(host));
    // So that fifty of them fit into what is left, wherever each of them hits.
    const auto next = done + 1 + below((kMigrated - done) / (kKills - killed + 1));
    if (!killed_behind(host, command("persons@003"), next, std::chrono::microseconds(below(3'000)))) break;
    ++killed;
  }
  CAPTURE(killed);
  CHECK(killed == kKills);
  CHECK(faults::Child(command("persons@003")).wait() == 0);

  CHECK(host.database.ask("SELECT count(*), min(times), max(times) FROM (SELECT count(*) AS times FROM migrated"
                          " GROUP BY persona) AS each") == "3980|1|1");
  CHECK(host.database.ask("SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM person_data),"
                          " (SELECT count(*) FROM persons_migration_map), (SELECT count(person_id) FROM personas)") ==
        "3980|3980|3980|3980");
  CHECK(host.database.ask("SELECT migrated, state FROM dbmigrate.backfill") == "3980|done");
  CHECK(host.rows_of("personas", "id, raw_text, persona, created_at, extra, note") == rows);
}
