// The version tables of an older form are read as they are, and brought up to date by the next change.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"
#include "ledger/schema.hpp"
#include "support/catch.hpp"
#include "support/project.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kTables =
    "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = "
    "'dbmigrate'::regnamespace"
    " AND c.relkind = 'r'";

/// What form 1 was: without the tables and the column that form 2 added.
void take_back_to_form_1(TestDatabase& database) {
  database.run(
      "DROP TABLE dbmigrate.backfill, dbmigrate.backfill_failure; ALTER TABLE dbmigrate.version DROP COLUMN extensions;"
      "UPDATE dbmigrate.control SET internal_version = 1");
}

}  // namespace

TEST_CASE("tables of form 1 are read, and upgraded by the next change only", "[ledger]") {
  TestDatabase database;
  const Project project;
  project.migration("001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  upgrade(database, project);
  take_back_to_form_1(database);

  const auto session = open_session(options_for(database));
  const Ledger ledger(*session, "dbmigrate");
  const auto state = ledger.read();
  CHECK(state.internal_version == 1);
  REQUIRE(state.rows.size() == 1);
  CHECK(state.rows[0].extensions.empty());
  CHECK(database.ask(kTables) == "control history version");

  project.migration("002_b", "CREATE TABLE b (id int);", "DROP TABLE b;");
  upgrade(database, project);
  CHECK(database.ask("SELECT internal_version FROM dbmigrate.control") == std::to_string(kLedgerVersion));
  CHECK(database.ask(kTables) == "backfill backfill_failure control history version");
  CHECK(database.ask("SELECT revision, extensions FROM dbmigrate.version ORDER BY 1") == "001_a|{}\n002_b|{}");
  downgrade(database, project, "base");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
}

TEST_CASE("tables of a newer form are refused with the version that is needed", "[ledger]") {
  TestDatabase database;
  const Project project;
  project.migration("001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
  upgrade(database, project);
  database.run("UPDATE dbmigrate.control SET internal_version = 1000");
  const auto session = open_session(options_for(database));
  const Ledger ledger(*session, "dbmigrate");
  CHECK_THROWS_AS(ledger.read(), Error);
  CHECK_THROWS_AS(upgrade(database, project), Error);
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "1");
}
