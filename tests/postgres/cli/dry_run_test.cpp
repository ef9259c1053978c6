// What a dry-run finds out about a database, and what it does to it: nothing.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dry_run_support.hpp"
#include "faults/server.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate {
namespace {

using tests::answer_of;
using tests::dry_run;
using tests::messages;
using tests::TalkativeServer;
using tests::texts;
using tests::write_revision;
using Texts = std::vector<std::string>;

/// The first word of a statement, behind its comments.
std::string first_word(std::string_view statement) {
  const auto begin = statement.find_first_not_of(" \n\t(");
  if (begin == std::string_view::npos) return "";
  return std::string(statement.substr(begin, statement.find_first_of(" ;\n\t(", begin) - begin));
}

bool has(const Texts& list, std::string_view part) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("values that would make a statement fail are found in the rows that are there", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  tests::write_refused_plan(run);
  CHECK(run.run(dry_run(database.url())) == ExitCode::findings);
  CHECK(messages(answer_of(run), "rows-refused") ==
        Texts{"10 rows of public.users have NULL in email",
              "45 rows of public.users repeat what another row has in email (one_mail)",
              "40 rows of public.users find no row of public.teams in team (of_team)",
              "10 rows of public.users violate few (id < 91)",
              "public.users has 100 rows, and nothing fills the new column age, which refuses NULL"});
}

TEST_CASE("rows that the plan writes or makes are told to depend on it", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_mail",
                 "UPDATE users SET email = 'none' WHERE email IS NULL;\n"
                 "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
                 "ALTER TABLE users ALTER COLUMN id SET NOT NULL;");
  write_revision(run, "002_level",
                 "ALTER TABLE users ADD COLUMN level int;\n"
                 "ALTER TABLE users ADD CONSTRAINT low CHECK (level < 5);");
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
  const auto document = answer_of(run);
  CHECK(messages(document, "rows-refused") ==
        Texts{"10 rows of public.users have NULL in email, unless migrations/001_mail.up.sql:1:1 mends that first"});
  CHECK(texts(document, "checked_when_reached") ==
        Texts{"migrations/001_mail.up.sql:3:1: no row of public.users has NULL in id, which is so now; "
              "migrations/001_mail.up.sql:1:1 writes rows before it",
              "migrations/002_level.up.sql:2:1: each row of public.users satisfies low (level < 5), which depends on "
              "what the plan does before it"});
}

TEST_CASE("a failure for want of rows is no more than a warning", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "001_members",
                 "CREATE TABLE members (team int REFERENCES teams);\n"
                 "INSERT INTO members VALUES (1);");
  CHECK(run.run(dry_run(database.url())) == ExitCode::done);
  CHECK(answer_of(run).at("result").at("risk") == "warning");
  CHECK(messages(answer_of(run), "fails").size() == 1);
  // The rows are there.
  CHECK(run.run(dry_run(database.url(), {"--format", "json", "--rehearse"})) == ExitCode::done);
  CHECK(messages(answer_of(run), "fails-there").empty());
}

TEST_CASE("a dry-run sends nothing but BEGIN READ ONLY, SET LOCAL, SAVEPOINT and reads", "[cli]") {
  const TalkativeServer server;
  server.connect()->run("CREATE DATABASE target");
  CliRun run;
  tests::give_users(run, server.url("target"));
  tests::write_refused_plan(run);
  const std::string clone = GENERATE("off", "auto");
  const auto before = tests::state_of(*server.connect("target"));
  const auto said_before = server.said_by_us().size();
  const auto exit = run.run(dry_run(server.url("target"), {"--clone", clone, "--out", "plan.json"}));
  // Without a clone nobody knows which rows a statement looks at.
  if (clone == "auto") CHECK(exit == ExitCode::findings);
  CHECK(run.has("plan.json"));
  CHECK(tests::state_of(*server.connect("target")) == before);
  auto statements = server.said_by_us();
  statements.erase(statements.begin(), statements.begin() + static_cast<std::ptrdiff_t>(said_before));
  CHECK(statements.size() > 15);
  for (const auto& statement : statements) {
    INFO(statement);
    const auto first = first_word(statement);
    if (first == "BEGIN") {
      CHECK(statement.find("READ ONLY") != std::string::npos);
    } else if (first == "SET") {
      CHECK(statement.starts_with("SET LOCAL"));
    } else {
      CHECK((first == "SELECT" || first == "WITH" || first == "COMMIT" || first == "ROLLBACK" || first == "SAVEPOINT" ||
             first == "RELEASE"));
    }
  }
}

TEST_CASE("a role that may only read is enough", "[cli]") {
  const TalkativeServer server;
  server.connect()->run("CREATE DATABASE target");
  CliRun run;
  tests::give_users(run, server.url("target"));
  server.connect("target")->run(
      "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA dbmigrate TO reader;"
      " GRANT SELECT ON ALL TABLES IN SCHEMA public, dbmigrate TO reader");
  tests::write_refused_plan(run);
  CHECK(run.run(dry_run(server.url("target", "reader"))) == ExitCode::findings);
  const auto document = answer_of(run);
  CHECK(messages(document, "rows-refused").size() == 5);
  CHECK(document.at("result").at("clone") == tests::clone_by());
}

TEST_CASE("what a role may not read is told as not known", "[cli]") {
  const TalkativeServer server;
  server.connect()->run("CREATE DATABASE target");
  CliRun run;
  tests::give_users(run, server.url("target"));
  server.connect("target")->run(
      "CREATE TABLE other (id int); CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA dbmigrate TO reader;"
      " GRANT SELECT ON ALL TABLES IN SCHEMA dbmigrate TO reader; GRANT SELECT ON teams TO reader");
  tests::write_refused_plan(run);
  CHECK(run.run(dry_run(server.url("target", "reader"))) == ExitCode::findings);
  CHECK(messages(answer_of(run), "rows-refused").empty());
  const auto document = answer_of(run);
  CHECK(document.at("result").at("clone") == "replay");
  CHECK(has(texts(document, "not_rehearsed"), "permission denied for table users"));
  CHECK(has(texts(document, "not_rehearsed"), "relations of the target that are not in the clone"));
}

TEST_CASE("a standby is enough to look, and not to rehearse on", "[cli]") {
  faults::Server primary(faults::Server::Settings{{"wal_level", "replica"}});
  connect({.conninfo = primary.url("postgres"), .application_name = "test"})->run("CREATE DATABASE target");
  CliRun run;
  tests::give_users(run, primary.url("target"));
  primary.stop();
  const faults::Server standby(primary, faults::Server::Settings{{"wal_level", "replica"}}, &primary);
  tests::write_refused_plan(run);
  CHECK(run.run(dry_run(standby.url("target"))) == ExitCode::findings);
  CHECK(answer_of(run).at("result").at("clone") == tests::clone_by());
  CHECK(messages(answer_of(run), "rows-refused").size() == 5);
  CHECK(run.run({"dry-run", "--url", standby.url("target"), "--rehearse"}) == ExitCode::refused);
}

TEST_CASE("what CASCADE takes along is named", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  write_revision(run, "000_more",
                 "CREATE VIEW mails AS SELECT email FROM users;\nCREATE TABLE posts (team int REFERENCES teams);");
  REQUIRE(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
  write_revision(run, "001_drop", "DROP TABLE users CASCADE;\nDROP TABLE teams CASCADE;");
  CHECK(run.run(dry_run(database.url())) == ExitCode::findings);
  CHECK(messages(answer_of(run), "cascade") ==
        Texts{"CASCADE drops view mails", "CASCADE drops constraint posts_team_fkey on table posts"});
}

TEST_CASE("a broken contract and golden rows that do not hold are found", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "people/001_people", "CREATE TABLE people (id int NOT NULL, name text);", "DROP TABLE people");
  run.folder.write("migrations/people/contracts/people.v1.yaml",
                   "contract: people\nversion: 1\nrelation: public.people\ncolumns:\n"
                   "  - {name: id, type: integer, required: true}\n  - {name: name, type: text}\n"
                   "golden:\n  - name: a name stays as it was given\n"
                   "    given: INSERT INTO people VALUES (1, 'Ann')\n"
                   "    query: SELECT name FROM people\n    expect:\n      - [\"Ann\"]\n");
  const auto look = dry_run(database.url());
  const auto write_catalogs = [&] { REQUIRE(run.run({"catalog"}) == ExitCode::done); };
  SECTION("both hold") {
    write_catalogs();
    CHECK(run.run(look) == ExitCode::done);
    CHECK(messages(answer_of(run), "golden-rows").empty());
  }
  SECTION("the rows do not") {
    write_revision(run, "people/002_upper",
                   "CREATE FUNCTION upper_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := "
                   "upper(NEW.name); RETURN NEW; END $$;\n"
                   "CREATE TRIGGER upper_name BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION upper_name();",
                   "DROP FUNCTION upper_name() CASCADE");
    write_catalogs();
    CHECK(run.run(look) == ExitCode::findings);
    CHECK(messages(answer_of(run), "golden-rows") ==
          Texts{"behind the plan \"a name stays as it was given\" of people v1 does not hold"});
  }
  SECTION("the relation does not") {
    write_revision(run, "people/002_text", "ALTER TABLE people ALTER COLUMN id TYPE bigint;",
                   "ALTER TABLE people ALTER COLUMN id TYPE int");
    write_catalogs();
    CHECK(run.run(look) == ExitCode::findings);
    CHECK(messages(answer_of(run), "contract").size() == 1);
  }
  SECTION("without a clone nobody knows") {
    write_catalogs();
    CHECK(run.run(dry_run(database.url(), {"--format", "json", "--clone", "off"})) == ExitCode::done);
    CHECK(has(texts(answer_of(run), "not_rehearsed"), "the golden rows of people v1: there is no clone"));
  }
}

TEST_CASE("a downgrade is looked at as well, with the rows that it would lose", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "001_users", "CREATE TABLE users (id int);", "DROP TABLE users");
  REQUIRE(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
  database.run("INSERT INTO users VALUES (1), (2)");
  const auto before = tests::state_of(*database.connect());
  CHECK(run.run({"downgrade", "base", "--dry-run", "--url", database.url(), "--format", "json"}) == ExitCode::findings);
  const auto document = answer_of(run);
  CHECK(messages(document, "data-loss") == Texts{"the downgrade of main@001_users would lose 2 rows (table users)"});
  const auto& statement = document.at("result").at("revisions").at(0).at("statements").at(0);
  CHECK(statement.at("locks").at(0) == Json{{"relation", "public.users"}, {"mode", "ACCESS EXCLUSIVE"}});
  CHECK(tests::state_of(*database.connect()).substr(0, 32) == before.substr(0, 32));
  CHECK(database.ask("SELECT count(*) FROM users") == "2");
  SECTION("those are agreed to") {
    CHECK(run.run({"downgrade", "base", "--dry-run", "--allow-data-loss", "--url", database.url()}) == ExitCode::done);
  }
}

TEST_CASE("a plan is carried out as it was looked at, or not at all", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  write_revision(run, "000_given", "CREATE TABLE given (id int);", "DROP TABLE given");
  REQUIRE(run.run({"upgrade", "--url", database.url()}) == ExitCode::done);
  write_revision(run, "001_users", "CREATE TABLE users (id int);", "DROP TABLE users");
  REQUIRE(run.run({"dry-run", "--url", database.url(), "--out", "plan.json"}) == ExitCode::done);
  const auto carry_out = [&](const std::string& url) {
    return run.run({"upgrade", "--url", url, "--plan", "plan.json"});
  };
  const auto refused_with = [&](ExitCode exit) {
    CHECK(carry_out(database.url()) == exit);
    CHECK(database.ask("SELECT to_regclass('users') IS NULL") == "t");
  };

  SECTION("an edited file is refused") {
    run.folder.write("migrations/001_users.up.sql", "CREATE TABLE users (id int, name text);\n");
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("so is an edit that no checksum covers") {
    run.folder.write("migrations/001_users.up.sql", "CREATE TABLE users (id int);\r\n");
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("and a file that is new, or gone") {
    write_revision(run, "002_more", "SELECT 1;");
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("a table that is new in the database is refused") {
    database.run("CREATE TABLE another (id int)");
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("so are a changed column, a constraint, an index, a trigger, a grant") {
    const std::string change = GENERATE(
        "ALTER TABLE given ALTER COLUMN id TYPE bigint", "ALTER TABLE given ADD CHECK (id > 0)",
        "CREATE INDEX ON given (id)", "ALTER TABLE given ALTER COLUMN id SET DEFAULT 4",
        "COMMENT ON TABLE given IS 'x'", "CREATE VIEW seen AS SELECT id FROM given", "GRANT SELECT ON given TO public");
    INFO(change);
    database.run(change);
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("the version table may not have changed either") {
    database.run("UPDATE dbmigrate.control SET generation = generation + 1");
    refused_with(ExitCode::history_mismatch);
  }
  SECTION("another database is refused") {
    tests::TestDatabase other;
    CHECK(carry_out(other.url()) == ExitCode::refused);
  }
  SECTION("rows may change, and otherwise it runs") {
    database.run("INSERT INTO given VALUES (1)");
    CHECK(carry_out(database.url()) == ExitCode::done);
    CHECK(database.ask("SELECT to_regclass('users') IS NOT NULL") == "t");
    SECTION("once") { CHECK(carry_out(database.url()) == ExitCode::history_mismatch); }
  }
}

TEST_CASE("a plan above the risk that was allowed is refused before anything changes", "[cli]") {
  const tests::TestDatabase database;
  CliRun run;
  tests::give_users(run, database.url());
  tests::write_refused_plan(run);
  const auto before = tests::state_of(*database.connect());
  CHECK(run.run({"upgrade", "--url", database.url(), "--max-risk", "warning"}) == ExitCode::refused);
  CHECK(run.console.errors.find("risk: error") != std::string::npos);
  CHECK(tests::state_of(*database.connect()) == before);
}

}  // namespace dbmigrate
