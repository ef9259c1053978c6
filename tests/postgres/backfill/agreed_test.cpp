// What the user agreed to, in the batches of a backfill.
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("every batch, its skip conditions included, sees what the user agreed to", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(300),
                 "      name: fill\n      table: t\n      key: id\n      where: done IS NULL\n"
                 "      skip: [{when: \"current_setting('dbmigrate.accept_skipped', true) = 'on' AND id % 3 = 0\","
                 " because: agreed}]\n      batch: {rows: [50, 50]}\n"
                 "      sql: |\n        SET LOCAL work_mem = '8MB';\n"
                 "        UPDATE t SET done = CASE current_setting('dbmigrate.accept_skipped', true) WHEN 'on' THEN v END"
                 " FROM batch b WHERE t.id = b.id\n");
  auto options = options_for(database);
  options.agreed = {"accept_skipped"};
  upgrade(database, project, "head", nullptr, &options);
  CHECK(database.ask("SELECT count(*), count(done), count(*) FILTER (WHERE done = v) FROM t") == "300|200|200");
  CHECK(database.ask("SELECT migrated, skipped FROM dbmigrate.backfill") == "200|{\"agreed\": 100}");
}
