// A dry-run of plans that begin in the middle: adopted, begun, required, and without a clone.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dry_run_support.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate {
namespace {

using tests::answer_of;
using tests::dry_run;
using tests::messages;
using tests::texts;
using tests::write_revision;
using Texts = std::vector<std::string>;

const Json& revision(const Json& document, std::size_t index) {
  return document.at("result").at("revisions").at(index);
}

Texts sql_of(const Json& revision) {
  Texts all;
  for (const auto& statement : revision.at("statements")) all.push_back(statement.at("sql").get<std::string>());
  return all;
}

bool has(const Texts& list, std::string_view part) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("a revision that was begun is looked at from where it goes on", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_indexes",
                 "-- dbmigrate: transaction=none\nCREATE INDEX CONCURRENTLY users_team ON users (team);\n"
                 "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);");
  REQUIRE(run.run({"upgrade", "--url", database.url()}) != ExitCode::done);
  const std::string clone = GENERATE("auto", "off");
  run.run(dry_run(database.url(), {"--format", "json", "--clone", clone}));
  const auto document = answer_of(run);
  CHECK(revision(document, 0).at("fate") == "resumes");
  CHECK(sql_of(revision(document, 0)) == Texts{"CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email)"});
  if (clone == "auto") CHECK(messages(document, "rows-refused").size() == 1);
}

TEST_CASE("a requirement that is not met is found, one that the plan meets is told", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  run.folder.write("migrations/001_a.yaml",
                   "requires:\n  - table: legacy\n    hint: Run the other application's migrations first.\n"
                   "up: {sql: CREATE TABLE a (id int)}\ndown: {sql: DROP TABLE a}\n");
  run.folder.write("migrations/002_b.yaml",
                   "requires:\n  - table: a\nup: {sql: CREATE TABLE b (id int)}\ndown: {sql: DROP TABLE b}\n");
  SECTION("not met") {
    CHECK(run.run(dry_run(database.url())) == ExitCode::findings);
    CHECK(messages(answer_of(run), "requires") == Texts{"main@001_a requires that table legacy exists"});
  }
  SECTION("met by the plan") {
    database.run("CREATE TABLE legacy (id int)");
    CHECK(run.run(dry_run(database.url())) == ExitCode::done);
    CHECK(texts(answer_of(run), "checked_when_reached") ==
          Texts{"main@002_b requires that table a exists, which is not so now"});
  }
}

TEST_CASE("without server programs it tells what it can, unless a clone is required", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  tests::write_refused_plan(run);
  const auto nowhere = run.folder.path().string();
  CHECK(run.run({"dry-run", "--url", database.url(), "--format", "json", "--server-bin", nowhere}) ==
        ExitCode::findings);
  const auto document = answer_of(run);
  CHECK(document.at("result").at("clone") == "none");
  // What can be read off the text.
  CHECK(messages(document, "add-column-not-null-no-default").size() == 1);
  CHECK(sql_of(revision(document, 0)).size() == 5);
  CHECK(has(texts(document, "not_rehearsed"), "anything, since no clone can be made here"));
  CHECK(run.run({"dry-run", "--url", database.url(), "--server-bin", nowhere, "--clone", "required"}) ==
        ExitCode::cannot_connect);
}

TEST_CASE("what the role cannot dump is made of the applied revisions", "[cli]") {
  const tests::TalkativeServer server;
  server.connect()->run("CREATE ROLE runner LOGIN");
  server.connect()->run("CREATE DATABASE target");
  server.connect("target")->run(
      "CREATE TABLE secret (id int); REVOKE ALL ON secret FROM public; GRANT ALL ON SCHEMA public TO runner;"
      " GRANT CREATE ON DATABASE target TO runner");
  const auto url = server.url("target", "runner");
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int, email text);", "DROP TABLE users");
  REQUIRE(run.run({"upgrade", "--url", url}) == ExitCode::done);
  server.connect("target")->run("INSERT INTO users VALUES (1, NULL)");
  write_revision(run, "002_mail", "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\nDROP TABLE secret;");
  CHECK(run.run(dry_run(url)) == ExitCode::findings);
  const auto document = answer_of(run);
  CHECK(document.at("result").at("clone") == "replay");
  CHECK(messages(document, "rows-refused") == Texts{"1 row of public.users has NULL in email"});
  CHECK(messages(document, "fails").empty());
  CHECK(has(texts(document, "not_rehearsed"), "migrations/002_mail.up.sql:2:1: table \"secret\" does not exist"));
}

TEST_CASE("on a terminal the risk is told before an upgrade, elsewhere only where it is asked about", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int);", "DROP TABLE users");
  SECTION("on a terminal") {
    run.console.terminal = true;
    CHECK(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
    CHECK(run.console.errors.find("risk: ") != std::string::npos);
  }
  SECTION("in a pipe") {
    CHECK(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
    CHECK(run.console.errors.find("risk: ") == std::string::npos);
  }
  SECTION("in a pipe, with a limit") {
    CHECK(run.run({"upgrade", "--url", database.url(), "--max-risk", "info"}) == ExitCode::done);
    CHECK(run.console.errors.find("risk: none found") != std::string::npos);
  }
  SECTION("a protected environment asks behind it") {
    run.folder.write("dbmigrate.yaml",
                     "environments:\n  production:\n    url: \"" + database.url() + "\"\n    protected: true\n");
    run.console.terminal = true;
    run.console.answer = Answer::no;
    CHECK(run.run({"upgrade", "--env", "production"}) == ExitCode::refused);
    CHECK(run.console.errors.find("risk: none found") != std::string::npos);
    CHECK(run.console.asked.size() == 1);
  }
}

}  // namespace dbmigrate
