// Who created an extension is recorded, and the last that declares it drops it.
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/project.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

constexpr std::string_view kLive =
    "SELECT extname FROM pg_extension WHERE extname IN ('pgcrypto', 'pg_trgm') ORDER BY 1";
constexpr std::string_view kCreators =
    "SELECT branch, created_extensions FROM dbmigrate.version WHERE created_extensions <> '{}' ORDER BY 1";

/// Two branches that both want pgcrypto; the first wants pg_trgm as well.
void write_branches(const Project& project) {
  project.write("left/001_a.up.sql",
                "CREATE EXTENSION IF NOT EXISTS pgcrypto;\nCREATE EXTENSION IF NOT EXISTS pg_trgm;");
  project.write("left/001_a.down.sql", "SELECT 1;  -- what has to go, the record of extensions takes");
  project.write("right/001_b.up.sql",
                "CREATE EXTENSION IF NOT EXISTS pgcrypto;\nCREATE TABLE b (id uuid DEFAULT gen_random_uuid());");
  project.write("right/001_b.down.sql", "DROP TABLE b;");
}

}  // namespace

TEST_CASE("an extension goes with the last revision that declares it", "[executor]") {
  TestDatabase database;
  const Project project;
  write_branches(project);
  upgrade(database, project);
  CHECK(database.ask(kCreators) == "left|{pg_trgm,pgcrypto}");

  SECTION("the creator first: the other takes the record over") {
    RecordingObserver observer;
    downgrade(database, project, "left@base", &observer);
    CHECK(database.ask(kLive) == "pgcrypto");
    CHECK(database.ask(kCreators) == "right|{pgcrypto}");
    REQUIRE(observer.all<NoticeReceived>().size() == 1);
    CHECK(observer.all<NoticeReceived>()[0].notice.message ==
          "extension pgcrypto stays: another revision in effect declares it");
    downgrade(database, project, "right@base");
    CHECK(database.ask(kLive) == "");
  }
  SECTION("the creator last") {
    downgrade(database, project, "right@base");
    CHECK(database.ask(kLive) == "pg_trgm\npgcrypto");
    downgrade(database, project, "left@base");
    CHECK(database.ask(kLive) == "");
  }
  SECTION("both in one run") {
    downgrade(database, project, "base");
    CHECK(database.ask(kLive) == "");
  }
  SECTION("both in one transaction") {
    auto options = options_for(database, "downgrade");
    options.single_transaction = true;
    downgrade(database, project, "base", nullptr, &options);
    CHECK(database.ask(kLive) == "");
  }
}

TEST_CASE("an extension that was there before stays", "[executor]") {
  TestDatabase database;
  database.run("CREATE EXTENSION pgcrypto");
  const Project project;
  write_branches(project);
  upgrade(database, project);
  CHECK(database.ask(kCreators) == "left|{pg_trgm}");
  downgrade(database, project, "base");
  CHECK(database.ask(kLive) == "pgcrypto");
}

TEST_CASE("what hangs on an extension stops the downgrade and is named", "[executor]") {
  TestDatabase database;
  const Project project;
  write_branches(project);
  upgrade(database, project);
  database.run("CREATE TABLE mine (t text); CREATE INDEX mine_t ON mine USING gin (t gin_trgm_ops)");
  const auto error = error_of([&] { downgrade(database, project, "left@base"); });
  CHECK(error.code == ErrorCode::migration_failed);
  CHECK(error.message == "cannot drop extension pg_trgm because other objects depend on it");
  CHECK(error.detail.find("mine_t") != std::string::npos);
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "2");
  CHECK(database.ask(kLive) == "pg_trgm\npgcrypto");
}

TEST_CASE("a journalled revision remembers what was missing when it began", "[executor]") {
  TestDatabase database;
  const Project project;
  project.write(
      "main/001_a.yaml",
      "transaction: step\nup:\n- sql: CREATE EXTENSION pgcrypto\n- sql: SELECT 1 / (SELECT count(*) FROM gate)\n"
      "down: {sql: SELECT 1}\n");
  database.run("CREATE TABLE gate ()");
  CHECK(error_of([&] { upgrade(database, project); }).code == ErrorCode::part_way);
  CHECK(database.ask(kLive) == "pgcrypto");
  database.run("INSERT INTO gate DEFAULT VALUES");
  upgrade(database, project);
  CHECK(database.ask(kCreators) == "main|{pgcrypto}");
  downgrade(database, project, "base");
  CHECK(database.ask(kLive) == "");
}

TEST_CASE("a name that looks like the end of a quoted text stays a name", "[executor]") {
  TestDatabase database;
  const Project project;
  project.write("main/001_$dbmigrate$_'.up.sql", "CREATE EXTENSION pgcrypto;");
  project.write("main/001_$dbmigrate$_'.down.sql", "SELECT 1;");
  upgrade(database, project);
  downgrade(database, project, "base");
  CHECK(database.ask(kLive) == "");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
}
