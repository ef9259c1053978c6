// What changes a revision's checksum and what does not.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "unit/descriptor/support.hpp"

using namespace dbmigrate;
using namespace dbmigrate::test;

namespace {

std::string pair_sum(std::string_view up, std::string_view down = "DROP TABLE a;\n") {
  return only({{"1.up.sql", up}, {"1.down.sql", down}}).checksum.hex();
}

std::string yaml_sum(const std::string& keys, std::string_view up = "CREATE TABLE a ();\n") {
  return only({{"1.yaml", keys + "up: x.sql\ndown: {sql: \"DROP TABLE a;\\n\"}\n"}, {"x.sql", up}}).checksum.hex();
}

const std::string kPlain = "CREATE TABLE a ();\n";

}  // namespace

TEST_CASE("the checksum is the same however the same revision is written", "[descriptor]") {
  const auto sum = pair_sum(kPlain);
  CHECK(pair_sum("\xEF\xBB\xBF" + kPlain) == sum);
  CHECK(pair_sum("CREATE TABLE a ();\r\n",
                 "\xEF\xBB\xBF"
                 "DROP TABLE a;\r\n") == sum);
  CHECK(pair_sum(
            "-- dbmigrate: description=x\n-- dbmigrate: hold=y\n-- dbmigrate: lock_timeout=1s\n"
            "-- dbmigrate: statement_timeout=1s\n-- dbmigrate: depends_on=b@1\n-- dbmigrate: allow some-rule reason\n" +
            kPlain) == sum);
  CHECK(pair_sum("-- dbmigrate: transaction=revision\n-- dbmigrate: kind=schema\n" + kPlain) == sum);
  CHECK(only({{"1.sql", "-- dbmigrate:up\nCREATE TABLE a ();\n-- dbmigrate:down\nDROP TABLE a;\n"}}).checksum.hex() ==
        sum);
  CHECK(yaml_sum("") == sum);
  CHECK(yaml_sum("description: x\nhold: y\nadopts: true\nlock_timeout: 1s\nrequires: [{table: t, hint: h}]\n"
                 "checks: [{name: n, sql: SELECT 1}]\nverdict: {healthy: a, otherwise: b}\n"
                 "loses: [{rows: SELECT 1, because: x}]\ndepends_on: b@1\n") == sum);
}

TEST_CASE("a parent that is only the default does not count", "[descriptor]") {
  const auto both = loaded(
      {{"0.up.sql", "SELECT 1"}, {"0.down.sql", "SELECT 1"}, {"1.up.sql", kPlain}, {"1.down.sql", "DROP TABLE a;\n"}});
  CHECK(both.migrations.at(1).parents == std::vector<std::string>{"0"});
  CHECK(both.migrations.at(1).checksum.hex() == pair_sum(kPlain));
}

TEST_CASE("whatever changes what runs changes the checksum", "[descriptor]") {
  std::vector<std::string> sums{
      pair_sum(kPlain),
      pair_sum("CREATE TABLE a () ;\n"),
      pair_sum("CREATE TABLE a (); \n"),
      pair_sum(kPlain, "DROP TABLE a\n"),
      pair_sum("-- dbmigrate: transaction=none\n" + kPlain),
      pair_sum("-- dbmigrate: transaction=step\n" + kPlain),
      pair_sum(kPlain, "-- dbmigrate: transaction=none\nDROP TABLE a;\n"),
      pair_sum("-- dbmigrate: kind=data\n" + kPlain),
      pair_sum("-- dbmigrate: kind=baseline\n" + kPlain),
      pair_sum("-- dbmigrate: down_revision=null\n" + kPlain),
      pair_sum("-- dbmigrate: down_revision=x\n" + kPlain),
      pair_sum("-- dbmigrate: down_revision=x, y\n" + kPlain),
      yaml_sum("revision: other\n"),
      only({{"1.up.sql", "-- dbmigrate: irreversible=x\n" + kPlain}}).checksum.hex(),
      only({{"1.yaml", "up: [{sql: \"CREATE TABLE\"}, {sql: \" a ();\\n\"}]\ndown: {sql: \"DROP TABLE a;\\n\"}\n"}})
          .checksum.hex(),
  };
  std::sort(sums.begin(), sums.end());
  CHECK(std::adjacent_find(sums.begin(), sums.end()) == sums.end());
}

TEST_CASE("of a backfill, what it does counts and how fast does not", "[descriptor]") {
  const auto sum = [](const std::string& keys, const std::string& sql = "SELECT 1") {
    return only(
               {{"1.yaml", "irreversible: x\nup: {backfill: {name: n, table: t, key: id, sql: " + sql + keys + "}}\n"}})
        .checksum.hex();
  };
  const auto plain = sum("");
  CHECK(sum(", batch: {time: 1s, rows: [1, 2]}, pause_when: {lock_waiters: 1}, max_failures: 3") == plain);
  CHECK(sum("", "SELECT 2") != plain);
  CHECK(sum(", where: a") != plain);
  CHECK(sum(", skip: [{when: a, because: b}]") != plain);
  CHECK(sum(", skip: [{when: a, because: b}]") == sum(", skip: [{when: a, because: c}]"));
}

TEST_CASE("the checksum does not change between versions of dbmigrate", "[descriptor]") {
  // SHA-256 of 20:dbmigrate revision 1, 1:1, 6:schema, 0:, 8:revision and the two steps, without the commas.
  CHECK(pair_sum(kPlain) == Checksum::of("20:dbmigrate revision 1"
                                         "1:1"
                                         "6:schema"
                                         "0:"
                                         "8:revision"
                                         "1:"
                                         "8:revision"
                                         "3:sql"
                                         "19:CREATE TABLE a ();\n"
                                         "1:"
                                         "8:revision"
                                         "3:sql"
                                         "14:DROP TABLE a;\n")
                                .hex());
}
