// Walking a table, whatever its key.
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("a backfill touches each row once and is recorded", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'500), kFill);
  RecordingObserver observer;
  upgrade(database, project, "head", &observer);
  CHECK(database.ask("SELECT count(*), min(hits), max(hits), bool_and(done = v) FROM t") == "2500|1|1|t");
  CHECK(database.ask("SELECT name, state, total, migrated, unchanged, pass, last_key FROM dbmigrate.backfill") ==
        "fill|done|2500|2500|0|1|{2500}");
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_fill'") == "applied");
  const auto finished = observer.all<BackfillFinished>();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].migrated_now == 2'500);
  CHECK(observer.all<BatchDone>().size() >= 2);
}
