// A client whose clock is a day off, and clocks that show other zones: every time is the server's.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>

#include "limits/lab.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

std::string find_libfaketime() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "";  // a sanitizer has to be loaded first
#else
  std::error_code none;
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib", none)) {
    const auto library = folder.path() / "faketime" / "libfaketime.so.1";
    if (std::filesystem::exists(library, none)) return library.string();
  }
  const std::string elsewhere = "/usr/lib/faketime/libfaketime.so.1";
  return std::filesystem::exists(elsewhere, none) ? elsewhere : "";
#endif
}

void write_revisions(const Lab& lab) {
  lab.migration("001_base",
                "CREATE TABLE t (id int PRIMARY KEY, x int);\nINSERT INTO t SELECT generate_series(1, 99);\n" +
                    effect("001") + "SELECT pg_sleep(1);\n");
  lab.migration("002_index",
                "-- dbmigrate: transaction=none\n" + effect("002") + "CREATE INDEX CONCURRENTLY ix ON t (x);\n");
  lab.write("migrations/003_fill.yaml",
            "revision: 003_fill\nup:\n  - backfill:\n      name: fill\n      table: t\n      key: id\n"
            "      where: x IS NULL\n      sql: UPDATE t SET x = 1 FROM batch WHERE t.id = batch.id\n"
            "irreversible: for good\n");
}

/// Every time that we wrote lies within the last hour of the server's clock.
constexpr const char* kTimesAreTheServers =
    "SELECT bool_and(at BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp()) AND bool_and(took BETWEEN"
    " interval '0' AND interval '10 min') FROM (SELECT applied_at, took FROM dbmigrate.version UNION ALL SELECT"
    " started_at, finished_at - started_at FROM dbmigrate.history UNION ALL SELECT updated_at, finished_at - started_at"
    " FROM dbmigrate.backfill) AS times (at, took)";

faults::Picture clean_picture() {
  Lab lab(new_database(shared_server()));
  write_revisions(lab);
  const auto run = lab.run({"upgrade"});
  if (run.exit != 0) throw std::runtime_error(run.out + run.err);
  return picture(lab.url);
}

}  // namespace

TEST_CASE("a client whose clock is a day off does the same, and writes the server's times", "[clocks]") {
  const auto library = find_libfaketime();
  if (library.empty()) {
    WARN("skipped: libfaketime is not installed, or this build cannot load it");
    return;
  }
  const auto clean = clean_picture();
  for (const auto* offset : {"-1d", "+1d"}) {
    INFO(offset);
    Lab lab(new_database(shared_server()));
    write_revisions(lab);
    Lab other(lab.url);
    write_revisions(other);
    other.variables = {{"LD_PRELOAD", library}, {"FAKETIME", offset}, {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
    const auto right = lab.start({"upgrade", "--wait", "1min"});
    const auto skewed = other.run({"upgrade", "--wait", "1min"});
    const auto on_time = lab.finish(*right);
    INFO(skewed.out << skewed.err << on_time.out << on_time.err);
    CHECK(skewed.exit == 0);
    CHECK(on_time.exit == 0);
    CHECK(difference_from(clean, lab.url) == "");
    CHECK(ask(lab.url, kTimesAreTheServers) == "t");
  }
  Lab alone(new_database(shared_server()));
  write_revisions(alone);
  alone.variables = {{"LD_PRELOAD", library}, {"FAKETIME", "-1d"}, {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  CHECK(alone.run({"upgrade"}).exit == 0);
  CHECK(difference_from(clean, alone.url) == "");
  CHECK(ask(alone.url, kTimesAreTheServers) == "t");
}

TEST_CASE("zones and notations of client, role and database change nothing that is recorded or shown", "[clocks]") {
  const auto clean = clean_picture();
  Lab lab(new_database(shared_server()));
  write_revisions(lab);
  const auto name = ask(lab.url, "SELECT current_database()");
  sql(lab.url,
      fmt::format("ALTER DATABASE {0} SET TimeZone = 'Pacific/Kiritimati'; ALTER DATABASE {0} SET DateStyle ="
                  " 'German, DMY'; ALTER DATABASE {0} SET IntervalStyle = 'iso_8601'; ALTER DATABASE {0} SET"
                  " bytea_output = 'escape'; ALTER DATABASE {0} SET extra_float_digits = -3; ALTER DATABASE {0}"
                  " SET standard_conforming_strings = off; ALTER DATABASE {0} SET"
                  " default_transaction_isolation = 'serializable'; ALTER DATABASE {0} SET"
                  " default_transaction_deferrable = on; ALTER DATABASE {0} SET search_path = 'public'",
                  name));
  lab.variables = {{"TZ", "America/St_Johns"}, {"PGTZ", "Asia/Kathmandu"}, {"PGDATESTYLE", "SQL, DMY"}};
  const auto run = lab.run({"upgrade"});
  INFO(run.out << run.err);
  CHECK(run.exit == 0);
  CHECK(difference_from(clean, lab.url) == "");
  CHECK(ask(lab.url, kTimesAreTheServers) == "t");
  const auto log = lab.run({"history", "--log"});
  REQUIRE(log.exit == 0);
  CHECK(log.document["result"]["events"].back()["at"] ==
        ask(lab.url,
            "SELECT to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM"
            " dbmigrate.history ORDER BY id DESC LIMIT 1"));
  CHECK(lab.run({"status", "--check"}).exit == 0);
}
