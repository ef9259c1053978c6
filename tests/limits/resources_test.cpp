// Locks, disk and temporary files that run out: what is said, what stays, and that the next run goes through.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "limits/lab.hpp"
#include "limits/small_disk.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

std::string many_tables(int from, int to) {
  return fmt::format(
      "DO $$ BEGIN FOR i IN {}..{} LOOP EXECUTE format('CREATE TABLE many%s ()', i); END LOOP; END $$;\n", from, to);
}

std::string failures(const std::string& url) {
  return ask(url,
             "SELECT string_agg(concat_ws(' ', event, revision, sqlstate), ', ') FROM dbmigrate.history"
             " WHERE event NOT IN ('upgrade', 'downgrade')");
}

bool skipped_without_mounts() {
  if (can_mount()) return false;
  WARN("skipped: mounting a small file system needs root");
  return true;
}

/// A server with the tablespace `small` on a disk of eight megabytes, and a database with its first revision applied.
struct FullDisk {
  FullDisk() : disk(server.folder() / "small", 8, server.user()), lab(new_database(server)) {
    sql(server.url("postgres"), fmt::format("CREATE TABLESPACE small LOCATION '{}'", disk.folder().string()));
    lab.migration("001_base",
                  "CREATE TABLE t (id int PRIMARY KEY, x text);\n"
                  "INSERT INTO t SELECT g, md5(g::text) || md5((-g)::text) FROM generate_series(1, 60000) g;\n");
    if (const auto begun = lab.run({"upgrade"}); begun.exit != 0) throw std::runtime_error(begun.out + begun.err);
    before = picture(lab.url);
  }

  faults::Server server;
  SmallDisk disk;
  Lab lab;
  faults::Picture before;
};

void check_disk_full(const Outcome& outcome, int exit, const char* code) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit == exit);
  CHECK(outcome.error("code") == code);
  CHECK(outcome.error("sqlstate") == "53100");
  CHECK(outcome.hints("Free disk space"));
  CHECK_FALSE(outcome.says("attempt"));
}

}  // namespace

TEST_CASE("out of lock slots: tried once, nothing remains, and the way out that the hint names is one", "[resources]") {
  faults::Server server({{"max_connections", "8"}, {"max_locks_per_transaction", "10"}, {"max_wal_senders", "0"}});
  Lab lab(new_database(server));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  REQUIRE(lab.run({"upgrade"}).exit == 0);
  const auto before = picture(lab.url);
  lab.migration("002_many", many_tables(1, 3000));
  const auto failed = lab.run({"upgrade"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit == 1);
  CHECK(failed.error("code") == "out_of_resources");
  CHECK(failed.error("sqlstate") == "53200");
  CHECK(failed.hints("max_locks_per_transaction"));
  CHECK(failed.hints("split the migration into several revisions"));
  CHECK_FALSE(failed.says("attempt"));
  CHECK(difference_from(before, lab.url) == "");
  CHECK(failures(lab.url) == "failure 002_many 53200");

  for (int part = 0; part < 30; ++part) {
    lab.migration(fmt::format("{:03}_many", part + 2), many_tables(part * 100 + 1, part * 100 + 100));
  }
  CHECK(lab.run({"upgrade"}).exit == 0);
  CHECK(ask(lab.url, "SELECT count(*) FROM pg_class WHERE relname ~ '^many' AND relkind = 'r'") == "3000");
}

TEST_CASE("the limit of temporary files: the hint names it, and raised it lets the run through", "[resources]") {
  const auto& server = shared_server();
  const auto admin = new_database(server);
  const auto name = ask(admin, "SELECT current_database()");
  sql(admin,
      fmt::format("CREATE ROLE {0} LOGIN; GRANT CREATE ON DATABASE {0} TO {0}; GRANT CREATE ON SCHEMA public TO {0};"
                  "ALTER ROLE {0} SET temp_file_limit = '1MB'; ALTER ROLE {0} SET work_mem = '64kB'",
                  name));
  Lab lab(server.url(name, name));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  REQUIRE(lab.run({"upgrade"}).exit == 0);
  const auto before = picture(admin);
  lab.migration("002_sorted",
                "CREATE TABLE sorted AS SELECT md5(g::text) AS x FROM generate_series(1, 100000) g ORDER BY 1;\n");
  const auto failed = lab.run({"upgrade"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit == 1);
  CHECK(failed.error("code") == "out_of_resources");
  CHECK(failed.error("sqlstate") == "53400");
  CHECK(failed.hints("temp_file_limit"));
  CHECK(difference_from(before, admin) == "");
  sql(admin, fmt::format("ALTER ROLE {} RESET temp_file_limit", name));
  CHECK(lab.run({"upgrade"}).exit == 0);
  CHECK(ask(lab.url, "SELECT count(*) FROM sorted") == "100000");
}

TEST_CASE("a full disk under a transactional revision: nothing of it remains, and it goes through later",
          "[resources]") {
  if (skipped_without_mounts()) return;
  FullDisk full;
  full.lab.migration("002_copy", "CREATE TABLE copy TABLESPACE small AS SELECT * FROM t, generate_series(1, 3);\n");
  check_disk_full(full.lab.run({"upgrade"}), 1, "out_of_resources");
  CHECK(difference_from(full.before, full.lab.url) == "");
  CHECK(failures(full.lab.url) == "failure 002_copy 53100");
  full.disk.enlarge(100);
  CHECK(full.lab.run({"upgrade"}).exit == 0);
  CHECK(ask(full.lab.url, "SELECT count(*) FROM copy") == "180000");
}

TEST_CASE("a full disk under CREATE INDEX CONCURRENTLY: the steps before it stand, and the next run builds it",
          "[resources]") {
  if (skipped_without_mounts()) return;
  FullDisk full;
  full.lab.migration("002_index",
                     "-- dbmigrate: transaction=none\n" + effect("002") +
                         "CREATE INDEX CONCURRENTLY ix ON t (x, (x || x), (x || 'a')) TABLESPACE small;\n");
  const auto failed = full.lab.run({"upgrade"});
  check_disk_full(failed, 9, "part_way");
  CHECK(failed.error("detail").find("1 of 2 steps") != std::string::npos);
  CHECK(ask(full.lab.url, "SELECT state, steps_done FROM dbmigrate.version WHERE revision = '002_index'") ==
        "in_progress|1");
  CHECK(ask(full.lab.url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "1");
  check_disk_full(full.lab.run({"upgrade"}), 9, "part_way");  // still full
  full.disk.enlarge(100);
  const auto again = full.lab.run({"upgrade"});
  INFO(again.out << again.err);
  CHECK(again.exit == 0);
  CHECK(ask(full.lab.url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix'::regclass") == "t");
  CHECK(ask(full.lab.url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "0");
  CHECK(ask(full.lab.url, "SELECT what, count(*) FROM effects.effects GROUP BY 1") == "002|1");
}

TEST_CASE("a full disk in the middle of a backfill: what is committed stays, and the next run does the rest once",
          "[resources]") {
  if (skipped_without_mounts()) return;
  FullDisk full;
  full.lab.write("migrations/002_fill.yaml",
                 "revision: 002_fill\nup:\n"
                 "  - sql: CREATE TABLE filled (id int PRIMARY KEY, x text, times int) TABLESPACE small\n"
                 "  - backfill:\n      name: fill\n      table: t\n      key: id\n      batch: {rows: [500, 500]}\n"
                 "      sql: INSERT INTO filled SELECT t.id, repeat(t.x, 4), 1 FROM t JOIN batch USING (id)\n"
                 "down:\n  - sql: DROP TABLE filled\n");
  const auto failed = full.lab.run({"upgrade"});
  check_disk_full(failed, 9, "part_way");
  const auto done = ask(full.lab.url, "SELECT count(*) FROM filled");
  CHECK(done != "0");
  CHECK(ask(full.lab.url, "SELECT migrated, batches > 0, state FROM dbmigrate.backfill") == done + "|t|running");
  CHECK(ask(full.lab.url, "SELECT count(*) FROM dbmigrate.backfill_failure") == "0");
  full.disk.enlarge(200);
  const auto again = full.lab.run({"upgrade"});
  INFO(again.out << again.err);
  CHECK(again.exit == 0);
  CHECK(ask(full.lab.url, "SELECT count(*), sum(times) FROM filled") == "60000|60000");
  CHECK(ask(full.lab.url, "SELECT migrated, state FROM dbmigrate.backfill") == "60000|done");
}

TEST_CASE("a server that breaks off because its log has no room: nothing remains, and with room it goes through",
          "[resources]") {
  if (skipped_without_mounts()) return;
  faults::Server server({{"max_wal_size", "64MB"}, {"checkpoint_timeout", "1h"}, {"wal_recycle", "off"}});
  Lab lab(new_database(server));
  lab.migration("001_base", "CREATE TABLE t (id int);\n" + effect("001"));
  REQUIRE(lab.run({"upgrade"}).exit == 0);
  const auto before = picture(lab.url);
  server.stop();
  const auto wal = server.folder() / "data" / "pg_wal";
  std::filesystem::rename(wal, server.folder() / "wal");
  const SmallDisk disk(wal, 40, server.user());
  std::filesystem::copy(server.folder() / "wal", wal, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(wal)) {
    REQUIRE(chown(entry.path().c_str(), server.user().uid, server.user().gid) == 0);
  }
  server.start();
  lab.migration("002_much",
                effect("002") + "CREATE TABLE much AS SELECT g, md5(g::text) FROM generate_series(1, 1000000) g;\n");
  const auto failed = lab.run({"upgrade", "--reconnect-for", "2s"});
  INFO(failed.out << failed.err);
  // Whichever process needs the room breaks off: ours, which then says why, or one of the server's own.
  if (failed.exit == 1) {
    CHECK(failed.error("code") == "out_of_resources");
    CHECK(failed.error("sqlstate") == "53100");
    CHECK(failed.hints("Free disk space"));
    CHECK_FALSE(failed.says("attempt"));
  } else {
    CHECK(failed.exit == 4);
    CHECK(failed.error("code") == "cannot_connect");
  }
  disk.enlarge(400);
  server.stop();
  server.start();
  CHECK(difference_from(before, lab.url) == "");
  const auto again = lab.run({"upgrade"});
  INFO(again.out << again.err);
  CHECK(again.exit == 0);
  CHECK(ask(lab.url, "SELECT string_agg(what, ',' ORDER BY what) FROM effects.effects") == "001,002");
  server.stop();  // before its disk is gone
}
