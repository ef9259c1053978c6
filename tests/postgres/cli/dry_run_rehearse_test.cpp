// `dry-run --rehearse`: on the database itself, and taken back.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dry_run_support.hpp"
#include "postgres/migration_lock.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate {
namespace {

using tests::answer_of;
using tests::dry_run;
using tests::messages;
using tests::write_revision;
using Texts = std::vector<std::string>;

/// Whether each statement ran there, `+` or `-`, revisions parted by a blank.
std::string ran_there(const Json& document) {
  std::string text;
  for (const auto& revision : document.at("result").at("revisions")) {
    if (!text.empty()) text += " ";
    for (const auto& statement : revision.at("statements")) {
      const auto& there = statement.at("on_target");
      text += there.is_null() ? "?" : there.at("ran") == true ? "+" : "-";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a rehearsal on the database itself leaves it as it was", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(
      run, "001_age",
      "ALTER TABLE users ADD COLUMN age int DEFAULT 3;\nUPDATE users SET email = 'none' WHERE email IS NULL;\n"
      "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\nSET TimeZone = 'Asia/Tokyo';");
  write_revision(run, "002_more", "CREATE TABLE more (id int);\nINSERT INTO more SELECT id FROM users;");
  const std::string clone = GENERATE("auto", "off");
  CHECK(run.run(dry_run(database.url(), {"--rehearse", "--format", "json", "--clone", clone})) == ExitCode::done);
  CHECK(ran_there(answer_of(run)) == "++++ ++");
  CHECK(database.ask("SELECT count(*) FROM users WHERE email IS NULL") == "10");
  CHECK(database.ask("SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'age'") ==
        "0");
  CHECK(database.ask("SELECT to_regclass('more') IS NULL") == "t");
  CHECK(database.ask("SELECT string_agg(revision, ',') FROM dbmigrate.version") == "000_given");
}

TEST_CASE("it fails on the rows that are there, and goes no further", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  // Rows that no question of ours finds: a DO block decides.
  write_revision(run, "001_teams",
                 "DO $$ BEGIN IF (SELECT count(*) FROM teams) > 2 THEN RAISE 'too many teams'; END IF; END $$;\n"
                 "CREATE TABLE more (id int);");
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
  CHECK(run.run(dry_run(database.url(), {"--rehearse", "--format", "json"})) == ExitCode::findings);
  const auto document = answer_of(run);
  CHECK(ran_there(document) == "--");
  CHECK(messages(document, "fails-there") == Texts{"fails on the database itself: too many teams (SQLSTATE P0001)"});
  const auto left = tests::texts(document, "not_rehearsed");
  CHECK(std::find(left.begin(), left.end(), "1 statement on the database itself: an earlier statement failed there") !=
        left.end());
}

TEST_CASE("deferred constraints speak before the end of their revision", "[cli]") {
  tests::TestDatabase database;
  database.run(
      "CREATE TABLE teams (id int PRIMARY KEY);"
      "CREATE TABLE members (team int REFERENCES teams DEFERRABLE INITIALLY DEFERRED)");
  CliRun run;
  SECTION("one that is broken at the end") {
    write_revision(run, "001_member", "INSERT INTO members VALUES (1);");
    CHECK(run.run(dry_run(database.url(), {"--rehearse", "--format", "json"})) == ExitCode::findings);
    CHECK(messages(answer_of(run), "fails-there").size() == 1);
  }
  SECTION("each revision may begin with the child") {
    write_revision(run, "001_member", "INSERT INTO members VALUES (1);\nINSERT INTO teams VALUES (1);");
    write_revision(run, "002_member", "INSERT INTO members VALUES (2);\nINSERT INTO teams VALUES (2);");
    CHECK(run.run(dry_run(database.url(), {"--rehearse", "--format", "json"})) == ExitCode::done);
    CHECK(ran_there(answer_of(run)) == "++ ++");
    CHECK(database.ask("SELECT count(*) FROM teams") == "0");
  }
}

TEST_CASE("what cannot be rolled back is left out and named", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_index",
                 "-- dbmigrate: transaction=none\nCREATE INDEX CONCURRENTLY users_email ON users (email);\n"
                 "CREATE TABLE more (id int);");
  write_revision(run, "002_out", "COPY users TO PROGRAM 'cat > /dev/null';\nCREATE TABLE still_more (id int);");
  CHECK(run.run(dry_run(database.url(), {"--rehearse", "--format", "json"})) == ExitCode::done);
  const auto document = answer_of(run);
  CHECK(ran_there(document) == "-+ -+");
  auto left = tests::texts(document, "not_rehearsed");
  // Where there is no pg_dump for the server, that is told as well.
  std::erase_if(left, [](const std::string& one) { return one.find("on the database itself") == std::string::npos; });
  REQUIRE(left.size() == 2);
  CHECK(left[0] == "migrations/001_index.up.sql:2:1 on the database itself: it cannot run in a transaction");
  CHECK(left[1] ==
        "migrations/002_out.up.sql:1:1 on the database itself: COPY with a file or a program is not rolled back");
  CHECK(database.ask("SELECT to_regclass('more') IS NULL") == "t");
}

TEST_CASE("it waits for a lock no longer than lock_timeout and names who has it", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  const auto other = database.connect("nightly report");
  other->run("BEGIN; SELECT count(*) FROM users");
  write_revision(run, "001_age", "ALTER TABLE users ADD COLUMN age int;");
  CHECK(run.run(dry_run(database.url(), {"--rehearse", "--lock-timeout", "700ms", "--format", "json"})) ==
        ExitCode::done);
  const auto document = answer_of(run);
  CHECK(ran_there(document) == "-");
  REQUIRE(messages(document, "fails-there").size() == 1);
  bool named = false;
  for (const auto& finding : document.at("result").at("findings")) {
    const auto hint = finding.at("hint").get<std::string>();
    named = named || (finding.at("rule") == "fails-there" && hint.find("nightly report") != std::string::npos);
  }
  CHECK(named);
  CHECK(messages(document, "in-the-way").size() == 1);
}

TEST_CASE("no run comes in between", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int);");
  const MigrationLock lock(
      {.connection = {.conninfo = database.url(), .application_name = "test lock"}, .version_schema = "dbmigrate"},
      system_clock(), [](const auto&, Milliseconds) {});
  CHECK(run.run({"dry-run", "--rehearse", "--wait", "0", "--url", database.url()}) == ExitCode::busy);
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
}

TEST_CASE("a protected environment is asked about first", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int);");
  run.folder.write("dbmigrate.yaml",
                   "environments:\n  production:\n    url: \"" + database.url() + "\"\n    protected: true\n");
  CHECK(run.run({"dry-run", "--rehearse", "--env", "production"}) == ExitCode::refused);
  CHECK(run.run({"dry-run", "--rehearse", "--env", "production", "--yes"}) == ExitCode::done);
  CHECK(run.run({"dry-run", "--env", "production"}) == ExitCode::done);
}

}  // namespace dbmigrate
