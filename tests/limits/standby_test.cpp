// Every command against a hot standby: those that read answer, those that write refuse at once.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "limits/lab.hpp"
#include "limits/pair.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

/// Applied on the primary but for the last revision; a backfill has run.
void fill(const Lab& lab, const std::string& primary) {
  lab.migration("001_base",
                "CREATE TABLE t (id int PRIMARY KEY, twice int);\nINSERT INTO t SELECT generate_series(1, 5);\n",
                "DROP TABLE t;\n");
  lab.write("migrations/002_twice.yaml",
            "revision: 002_twice\nup:\n  - backfill:\n      name: twice\n      table: t\n      key: id\n"
            "      where: twice IS NULL\n      sql: UPDATE t SET twice = 2 * t.id FROM batch WHERE t.id = batch.id\n"
            "down:\n  - sql: UPDATE t SET twice = NULL\n"
            "checks:\n  - name: all are twice\n    sql: SELECT id FROM t WHERE twice IS NULL\n    expect: empty\n");
  lab.migration("003_more", "CREATE TABLE more (id int);\n", "DROP TABLE more;\n");
  Lab there(primary);
  const auto up = there.run({"upgrade", "002_twice", "--dir", lab.path("migrations").string()});
  if (up.exit != 0) throw std::runtime_error(up.out + up.err);
}

}  // namespace

TEST_CASE("on a standby the commands that read answer and those that write refuse before they try", "[standby]") {
  Pair pair;
  Lab lab;
  fill(lab, pair.primary().url("limits"));
  pair.catch_up();
  lab.url = pair.standby().url("limits");
  if (const auto catalog = lab.run({"catalog"}); catalog.exit != 0) FAIL(catalog.out);
  const auto before = picture(pair.primary().url("limits"));
  const auto log = pair.standby().log_size();

  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"current"},
           {"status"},
           {"history"},
           {"history", "--log"},
           {"heads"},
           {"branches"},
           {"show", "001_base"},
           {"backfill", "status"},
           {"validate-only"},
           {"drift"},
           {"upgrade", "--sql"},
           {"downgrade", "base", "--sql"},
       }) {
    const auto outcome = lab.run(words);
    INFO(fmt::format("{}", fmt::join(words, " ")) << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit == 0);
  }
  CHECK(lab.run({"status", "--check"}).exit == 6);
  CHECK(lab.run({"current"}).document["result"]["branches"][0]["current"][0] == "002_twice");

  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"upgrade"},
           {"upgrade", "002_twice"},
           {"downgrade", "base", "--yes"},
           {"downgrade", "base", "--yes", "--allow-data-loss"},
           {"stamp", "head"},
           {"stamp", "002_twice"},
           {"stamp", "head", "--verify"},
           {"repair"},
           {"repair", "--absent", "main@002_twice"},
           {"backfill", "run"},
           {"backfill", "retry"},
           {"backfill", "pause"},
           {"backfill", "resume"},
       }) {
    const auto outcome = lab.run(words);
    INFO(fmt::format("{}", fmt::join(words, " ")) << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit == 10);
    CHECK(outcome.error("code") == "read_only_server");
    CHECK(outcome.error("message") == "the server is a standby");
    CHECK(outcome.hints("target_session_attrs=read-write"));
  }
  // A write that was tried would stand in its log.
  CHECK(pair.standby().errors_since(log) == std::vector<std::string>{});
  CHECK(difference_from(before, pair.primary().url("limits")) == "");
}

TEST_CASE("a standby of a database without a version table is answered like an empty one", "[standby]") {
  Pair pair;
  Lab lab(pair.standby().url("limits"));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  CHECK(lab.run({"status"}).exit == 0);
  CHECK(lab.run({"current"}).exit == 0);
  const auto refused = lab.run({"upgrade"});
  CHECK(refused.exit == 10);
  CHECK(refused.error("code") == "read_only_server");
  CHECK(ask(pair.primary().url("limits"), "SELECT to_regnamespace('dbmigrate') IS NULL") == "t");
}

TEST_CASE("a database that is read-only by default is refused like a standby, and read like any other", "[standby]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  const auto name = ask(lab.url, "SELECT current_database()");
  sql(lab.url, fmt::format("ALTER DATABASE {} SET default_transaction_read_only = on", name));
  CHECK(lab.run({"status"}).exit == 0);
  const auto refused = lab.run({"upgrade"});
  INFO(refused.out);
  CHECK(refused.exit == 10);
  CHECK(refused.error("code") == "read_only_server");
  CHECK(refused.error("message") == "the database is read-only");
  sql(lab.url + "&options=-c%20default_transaction_read_only%3Doff",
      fmt::format("ALTER DATABASE {} RESET default_transaction_read_only", name));
  CHECK(lab.run({"upgrade"}).exit == 0);
}
