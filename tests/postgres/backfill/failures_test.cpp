// Rows that fail, rows that are skipped, rows that the SQL leaves alone.
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "support.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// Refuses the rows whose v is in `poison`.
std::string refusing(const std::string& poison) {
  return "CREATE TABLE poison (v int PRIMARY KEY); INSERT INTO poison VALUES " + poison +
         ";\n"
         "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
         "  IF EXISTS (SELECT FROM poison p WHERE p.v = NEW.v) THEN\n"
         "    RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END IF;\n"
         "  RETURN NEW; END $$;\n"
         "CREATE TRIGGER refuse BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION refuse();\n";
}

/// Batches that were begun, the failed ones included: each asks for a number of the sequence, which no rollback undoes.
constexpr const char* kCountedFill =
    "      name: fill\n      table: t\n      key: id\n      where: done IS NULL\n      batch: {rows: [1024, 1024]}\n"
    "      sql: |\n        SELECT nextval('tries');\n        UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n";

}  // namespace

TEST_CASE("a failing row is found by halving and put aside", "[backfill]") {
  const int rows = 8'192;
  const int batch = 1'024;
  for (const int bad : {1, 1'024, 3'333, rows}) {
    TestDatabase database;
    Project project;
    write_backfill(project,
                   counted_table(rows) + refusing("(" + std::to_string(bad) + ")") + "CREATE SEQUENCE tries;\n",
                   kCountedFill);
    const auto error = failure_of([&] { upgrade(database, project); });
    CHECK(error.code() == ErrorCode::part_way);
    CHECK(error.info().detail.find(std::to_string(bad) + ": not this one (SQLSTATE 23514") != std::string::npos);
    CHECK(database.ask("SELECT key, sqlstate, message, attempts FROM dbmigrate.backfill_failure") ==
          "{" + std::to_string(bad) + "}|23514|not this one|1");
    CHECK(database.ask("SELECT count(*) FROM t WHERE done IS NULL") == "1");
    CHECK(database.ask("SELECT min(hits), max(hits) FROM t WHERE done IS NOT NULL") == "1|1");
    const int tries = std::stoi(database.ask("SELECT last_value FROM tries"));
    CHECK(tries - rows / batch <= 2 * static_cast<int>(std::log2(batch)));
  }
}

TEST_CASE("quarantined rows are tried once more by the next upgrade", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(3'000) + refusing("(5), (6), (2999)"), kFill);
  CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_fill'") == "in_progress");
  CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT count(*), min(attempts), max(attempts) FROM dbmigrate.backfill_failure") == "3|2|2");

  database.run("DELETE FROM poison WHERE v <> 6");
  CHECK(failure_of([&] { upgrade(database, project); }).code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT key, attempts FROM dbmigrate.backfill_failure") == "{6}|3");

  database.run("DELETE FROM poison");
  RecordingObserver observer;
  upgrade(database, project, "head", &observer);
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.backfill_failure") == "0");
  CHECK(database.ask("SELECT state, migrated FROM dbmigrate.backfill") == "done|3000");
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_fill'") == "applied");
  CHECK(database.ask("SELECT min(hits), max(hits) FROM t") == "1|1");
  CHECK(observer.all<BackfillFinished>().at(0).migrated_now == 1);
}

TEST_CASE("as many failures as max_failures allows do not stop the revision", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000) + refusing("(5), (6)"), "      max_failures: 2\n" + kFill);
  upgrade(database, project);
  CHECK(database.ask("SELECT state, migrated FROM dbmigrate.backfill") == "done|1998");
  CHECK(database.ask("SELECT state FROM dbmigrate.version WHERE revision = '0002_fill'") == "applied");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.backfill_failure") == "2");
}

TEST_CASE("when most rows fail it stops early", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(3'000) + "ALTER TABLE t ADD CHECK (done < 0);\n", kFill);
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT count(*) < 100 FROM dbmigrate.backfill_failure") == "t");
}

TEST_CASE("a mistake in the SQL stops at once, with its place in the file", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(10),
                 "      name: fill\n      table: t\n      key: id\n      sql: |\n        UPDATE t\n          SET nine = v\n"
                 "        FROM batch b WHERE t.id = b.id\n");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(error.info().sqlstate == "42703");
  REQUIRE(error.info().at);
  CHECK(error.info().at->line == 9);
  CHECK(error.info().at->column == 15);
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.backfill_failure") == "0");
}

TEST_CASE("skipped rows are counted for each reason and left alone", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000),
                 "      skip:\n        - {when: v % 100 = 0, because: hundreds}\n"
                 "        - {when: v % 10 = 0 -- tens, because: tens}\n" +
                     kFill);
  upgrade(database, project);
  CHECK(database.ask("SELECT skipped->>'hundreds', skipped->>'tens', migrated FROM dbmigrate.backfill") ==
        "20|180|1800");
  CHECK(database.ask("SELECT count(*) FROM t WHERE done IS NULL") == "200");
}

TEST_CASE("rows that the SQL gives NULL for do not keep it going for ever", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000),
                 "      name: fill\n      table: t\n      key: id\n      where: done IS NULL\n"
                 "      sql: UPDATE t SET done = nullif(v, 7) FROM batch b WHERE t.id = b.id\n");
  upgrade(database, project);
  CHECK(database.ask("SELECT state, migrated, unchanged, pass FROM dbmigrate.backfill") == "done|1999|1|2");
}

TEST_CASE("a condition that fails on one row puts that row aside", "[backfill]") {
  TestDatabase database;
  Project project;
  write_backfill(project, counted_table(2'000),
                 "      name: fill\n      table: t\n      key: id\n      where: done IS NULL AND 1 / (v - 1500) < 9\n"
                 "      sql: UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n");
  const auto error = failure_of([&] { upgrade(database, project); });
  CHECK(error.code() == ErrorCode::part_way);
  CHECK(database.ask("SELECT key, sqlstate FROM dbmigrate.backfill_failure") == "{1500}|22012");
  CHECK(database.ask("SELECT count(*), max(id) FROM t WHERE done IS NULL") == "1|1500");
}

TEST_CASE("a condition that fails whatever the row ends the walk, and is told", "[backfill]") {
  TestDatabase database;
  Project project;
  for (const auto* skip : {"\"'nonsense'\"", "\"1 / 0 = 1\""}) {
    INFO(skip);
    write_backfill(project, counted_table(5),
                   "      name: fill\n      table: t\n      key: id\n      skip: [{when: " + std::string(skip) +
                       ", because: x}]\n      sql: UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n");
    const auto error = failure_of([&] { upgrade(database, project); });
    CHECK(error.code() == ErrorCode::part_way);
    CHECK(database.ask("SELECT count(*) FROM t WHERE done IS NOT NULL") == "0");
    database.run("DROP SCHEMA dbmigrate CASCADE; DROP TABLE t; DROP FUNCTION count_hit");
  }
}
