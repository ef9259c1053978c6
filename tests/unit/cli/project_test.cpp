// Commands that write and read a project's files.
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;

TEST_CASE("init writes a project that the other commands understand", "[cli]") {
  CliRun cli;
  REQUIRE(cli.run({"init", "--format", "json"}) == ExitCode::done);
  CHECK(cli.document()["result"]["files"].size() == 3);
  CHECK(cli.run({"heads", "--format", "json"}) == ExitCode::done);
  CHECK(cli.document()["result"]["branches"][0]["heads"] == Json::array({"001_first_table"}));
  const Settings settings = load_settings({}, Environment(), cli.folder.path());
  CHECK(settings.database().is_embedded());
  CHECK(*settings.environment == "dev");

  SECTION("it overwrites nothing") {
    const std::string before = cli.text_of("dbmigrate.yaml");
    CHECK(cli.run({"init"}) == ExitCode::usage);
    CHECK(cli.text_of("dbmigrate.yaml") == before);
  }
}

TEST_CASE("init takes a migrations directory that is there as it is", "[cli]") {
  CliRun cli;
  cli.revision("0007_mine");
  REQUIRE(cli.run({"init"}) == ExitCode::done);
  CHECK_FALSE(cli.has("migrations/001_first_table.up.sql"));
  CHECK(cli.has("dbmigrate.yaml"));
}

TEST_CASE("init puts the revisions where it is told", "[cli]") {
  CliRun cli;
  REQUIRE(cli.run({"init", "--dir", "db/changes"}) == ExitCode::done);
  CHECK(cli.has("db/changes/001_first_table.up.sql"));
  CHECK(cli.run({"heads"}) == ExitCode::done);
}

TEST_CASE("new goes on from the head in the branch's style", "[cli]") {
  CliRun cli;
  SECTION("a counter") {
    cli.revision("0001_a");
    REQUIRE(cli.run({"new", "Add email"}) == ExitCode::done);
    CHECK(cli.text_of("migrations/0002_add_email.up.sql")
              .starts_with("-- dbmigrate: down_revision=0001_a\n-- dbmigrate: description=Add email\n"));
    CHECK(cli.has("migrations/0002_add_email.down.sql"));
  }
  SECTION("a timestamp") {
    cli.revision("20251021_1010_a");
    REQUIRE(cli.run({"new", "b"}) == ExitCode::done);
    CHECK(cli.has("migrations/20251101_0900_b.up.sql"));
  }
  SECTION("a descriptor, then the form of the one before") {
    cli.revision("001_a");
    REQUIRE(cli.run({"new", "b", "--yaml"}) == ExitCode::done);
    REQUIRE(cli.run({"new", "c"}) == ExitCode::done);
    CHECK(cli.text_of("migrations/003_c.yaml").find("down_revision: 002_b\n") != std::string::npos);
  }
  SECTION("an id of one's own") {
    cli.revision("001_a");
    REQUIRE(cli.run({"new", "b", "--id", "release-7"}) == ExitCode::done);
    CHECK(cli.has("migrations/release-7.up.sql"));
    CHECK(cli.run({"new", "b", "--id", "001_a"}) == ExitCode::usage);
    CHECK(cli.run({"new", "b", "--id", "a/b"}) == ExitCode::usage);
  }
  SECTION("the result for scripts") {
    cli.revision("001_a");
    REQUIRE(cli.run({"new", "b", "--format", "json"}) == ExitCode::done);
    const Json result = cli.document()["result"];
    CHECK(result["branch"] == "main");
    CHECK(result["revision"] == "002_b");
    CHECK(result["parents"] == Json::array({"001_a"}));
    CHECK(result["files"].size() == 2);
  }
}

TEST_CASE("new asks for the branch where it is not clear", "[cli]") {
  CliRun cli;
  cli.revision("persons/001_a");
  cli.revision("graph/001_a");
  CHECK(cli.run({"new", "b"}) == ExitCode::usage);
  CHECK(cli.console.errors.find("The candidates are graph and persons.") != std::string::npos);
  REQUIRE(cli.run({"new", "b", "--branch", "persons"}) == ExitCode::done);
  CHECK(cli.has("migrations/persons/002_b.up.sql"));

  SECTION("a new branch begins with its base") {
    REQUIRE(cli.run({"new", "first", "--branch", "audit"}) == ExitCode::done);
    CHECK(cli.text_of("migrations/audit/001_first.up.sql").starts_with("-- dbmigrate: down_revision=null\n"));
    CHECK(cli.run({"heads", "--branch", "audit"}) == ExitCode::done);
  }
  SECTION("a name that is nearly another's is a mistake") {
    CHECK(cli.run({"new", "first", "--branch", "person"}) == ExitCode::usage);
    CHECK_FALSE(cli.has("migrations/person"));
  }
}

TEST_CASE("several heads are merged before anything new", "[cli]") {
  CliRun cli;
  cli.revision("001_a");
  cli.revision("002_b", "001_a");
  cli.revision("002_c", "001_a");
  CHECK(cli.run({"new", "d"}) == ExitCode::invalid_input);
  CHECK(cli.console.errors.find("dbmigrate merge 002_b 002_c") != std::string::npos);
  CHECK(cli.run({"heads"}) == ExitCode::done);
  CHECK(cli.console.errors.find("warning: branch main has 2 heads") != std::string::npos);

  SECTION("the merge has both as parents") {
    REQUIRE(cli.run({"merge", "002_b", "002_c"}) == ExitCode::done);
    CHECK(cli.has("migrations/003_merge_002_b_and_002_c.yaml"));
    CHECK(cli.run({"heads", "--format", "json"}) == ExitCode::done);
    CHECK(cli.document()["result"]["branches"][0]["heads"] == Json::array({"003_merge_002_b_and_002_c"}));
  }
  SECTION("only heads, at least two, each once") {
    CHECK(cli.run({"merge", "002_b"}) == ExitCode::usage);
    CHECK(cli.run({"merge", "002_b", "001_a"}) == ExitCode::usage);
    CHECK(cli.run({"merge", "002_b", "002_b"}) == ExitCode::usage);
    CHECK(cli.run({"merge", "002_b", "009"}) == ExitCode::usage);
  }
}

TEST_CASE("heads of different branches cannot be merged", "[cli]") {
  CliRun cli;
  cli.revision("persons/001_a");
  cli.revision("graph/001_b");
  CHECK(cli.run({"merge", "persons@001_a", "graph@001_b"}) == ExitCode::usage);
  CHECK(cli.console.errors.find("are in different branches") != std::string::npos);
}

TEST_CASE("branches are listed with what is in them", "[cli]") {
  CliRun cli;
  cli.revision("persons/001_a");
  cli.revision("persons/002_b");
  cli.folder.write("migrations/persons/branch.yaml", "description: People\n");
  cli.revision("graph/001_c");
  REQUIRE(cli.run({"branches"}) == ExitCode::done);
  CHECK(cli.console.output ==
        "branch   revisions  head   description\n"
        "graph            1  001_c\n"
        "persons          2  002_b  People\n");
  REQUIRE(cli.run({"branches", "--branch", "persons", "--format", "json"}) == ExitCode::done);
  CHECK(cli.document()["result"]["branches"].size() == 1);
  CHECK(cli.document()["result"]["branches"][0]["revisions"] == 2);
}

TEST_CASE("a branch that is not there is told with the nearest", "[cli]") {
  CliRun cli;
  cli.revision("persons/001_a");
  CHECK(cli.run({"heads", "--branch", "perosns"}) == ExitCode::usage);
  CHECK(cli.console.errors.find("Did you mean \"persons\"?") != std::string::npos);
  cli.folder.write("dbmigrate.yaml",
                   "default_environment: e\nenvironments:\n  e:\n    url: \"embedded:\"\n    branches: [nobody]\n");
  CHECK(cli.run({"heads"}) == ExitCode::invalid_input);
}

TEST_CASE("show prints a revision in full", "[cli]") {
  CliRun cli;
  cli.revision("001_a");
  cli.folder.write("migrations/002_b.yaml",
                   "description: Bees\nhold: deploy first\nup: {sql: SELECT 2}\nirreversible: they are gone\n");
  SECTION("for people") {
    REQUIRE(cli.run({"show", "002"}) == ExitCode::done);
    for (const auto* line :
         {"revision           main@002_b\n", "description        Bees\n", "parents            001_a\n",
          "held until         deploy first\n", "irreversible       they are gone\n", "-- up: ", "SELECT 2"}) {
      INFO(line);
      CHECK(cli.console.output.find(line) != std::string::npos);
    }
  }
  SECTION("for scripts") {
    REQUIRE(cli.run({"show", "002_b", "--format", "json"}) == ExitCode::done);
    const Json revision = cli.document()["result"]["revision"];
    CHECK(revision["parents"] == Json::array({"001_a"}));
    CHECK(revision["hold"] == "deploy first");
    CHECK(revision["checksum"].get<std::string>().size() == 64);
    CHECK(revision["down"].empty());
  }
  SECTION("one that is not there") { CHECK(cli.run({"show", "003"}) == ExitCode::usage); }
}
