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

/// True when it came to its end, false when it was killed before.
bool ends_within(const std::vector<std::string>& command, std::chrono::milliseconds life) {
  faults::Child child(command);
  const auto deadline = std::chrono::steady_clock::now() + life;
  while (!child.over() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!child.over()) child.signal(SIGKILL);
  return child.wait() == 0;
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
  // A run that does next to nothing shows how fast this machine is today.
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(ends_within(command("persons@001"), std::chrono::seconds(60)));
  const auto short_run =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  int killed = 0;
  int inside = 0;
  bool done = false;
  while (killed < kKills && !done) {
    done =
        ends_within(command("persons@003"),
                    std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, 3 * short_run)(random)));
    if (done) break;
    ++killed;
    if (host.database.ask("SELECT to_regclass('dbmigrate.backfill') IS NOT NULL") != "t") continue;
    if (host.database.ask("SELECT count(*) FROM dbmigrate.backfill WHERE state <> 'done' AND migrated > 0") == "1")
      ++inside;
  }
  CAPTURE(killed, inside, short_run);
  CHECK((done || ends_within(command("persons@003"), std::chrono::seconds(60))));
  CHECK(inside >= 10);

  CHECK(host.database.ask("SELECT count(*), min(times), max(times) FROM (SELECT count(*) AS times FROM migrated"
                          " GROUP BY persona) AS each") == "3980|1|1");
  CHECK(host.database.ask("SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM person_data),"
                          " (SELECT count(*) FROM persons_migration_map), (SELECT count(person_id) FROM personas)") ==
        "3980|3980|3980|3980");
  CHECK(host.database.ask("SELECT migrated, state FROM dbmigrate.backfill") == "3980|done");
  CHECK(host.rows_of("personas", "id, raw_text, persona, created_at, extra, note") == rows);
}
