// Outcomes of whole command lines.
// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;

TEST_CASE("a usage error is one line, a hint and exit 2", "[cli]") {
  CliRun cli;
  SECTION("no command") {
    CHECK(cli.run({}) == ExitCode::usage);
    CHECK(cli.console.errors == "error: no command is given\nhint: Try \"dbmigrate help\" for the list.\n");
  }
  SECTION("a mistyped command") {
    CHECK(cli.run({"haeds"}) == ExitCode::usage);
    CHECK(cli.console.errors ==
          "error: unknown command \"haeds\"\nhint: Did you mean \"heads\"? Try \"dbmigrate help\" for the list.\n");
  }
  SECTION("a mistyped flag") {
    CHECK(cli.run({"heads", "--brnach", "x"}) == ExitCode::usage);
    CHECK(cli.console.errors ==
          "error: unknown flag --brnach\nhint: Did you mean \"--branch\"? Try \"dbmigrate help heads\".\n");
  }
  SECTION("a mistyped short flag") { CHECK(cli.run({"version", "-x"}) == ExitCode::usage); }
  SECTION("a flag without its value") { CHECK(cli.run({"heads", "--dir"}) == ExitCode::usage); }
  SECTION("a flag with an empty value") { CHECK(cli.run({"heads", "--dir=", "x"}) == ExitCode::usage); }
  SECTION("a value for a switch") { CHECK(cli.run({"heads", "--yes=no"}) == ExitCode::usage); }
  SECTION("a flag given twice") { CHECK(cli.run({"heads", "--dir", "a", "--dir=b"}) == ExitCode::usage); }
  SECTION("a duration without unit") { CHECK(cli.run({"heads", "--wait", "5"}) == ExitCode::usage); }
  SECTION("an argument too many") { CHECK(cli.run({"version", "extra"}) == ExitCode::usage); }
  SECTION("an argument too few") { CHECK(cli.run({"show"}) == ExitCode::usage); }
  SECTION("quiet and verbose") { CHECK(cli.run({"version", "-q", "-v"}) == ExitCode::usage); }
  CHECK(cli.console.output.empty());
  CHECK(cli.console.errors.starts_with("error: "));
}

TEST_CASE("in JSON every outcome is one document on stdout", "[cli]") {
  CliRun cli;
  SECTION("an unknown command") {
    CHECK(cli.run({"--format", "json", "haeds"}) == ExitCode::usage);
    CHECK(cli.document()["command"].is_null());
    CHECK(cli.document()["error"]["code"] == "usage");
  }
  SECTION("an unknown flag before the format") {
    CHECK(cli.run({"heads", "--nonsense", "--format=json"}) == ExitCode::usage);
    CHECK(cli.document()["command"] == "heads");
  }
  SECTION("a broken settings file") {
    cli.folder.write("dbmigrate.yaml", "nonsense: 1\n");
    CHECK(cli.run({"heads", "--format", "json"}) == ExitCode::invalid_input);
    CHECK(cli.document()["error"]["code"] == "invalid_config");
    CHECK(cli.document()["error"]["line"] == 1);
  }
  SECTION("a format by variable") {
    cli.variables["DBMIGRATE_FORMAT"] = "json";
    CHECK(cli.run({"version"}) == ExitCode::done);
    CHECK(cli.document()["ok"] == true);
  }
  SECTION("help") {
    CHECK(cli.run({"help", "heads", "--format", "json"}) == ExitCode::done);
    CHECK(cli.document()["result"]["text"].get<std::string>().starts_with("dbmigrate heads: "));
  }
  CHECK(cli.console.errors.empty());
  CHECK(cli.document()["dbmigrate"] == 1);
}

TEST_CASE("a variable that makes no sense stops every command", "[cli]") {
  CliRun cli;
  cli.variables["DBMIGRATE_FORMAT"] = "xml";
  CHECK(cli.run({"version"}) == ExitCode::invalid_input);
  CHECK(cli.console.errors.starts_with("error: the environment variable DBMIGRATE_FORMAT holds \"xml\"\n"));
}

TEST_CASE("flags may stand before the command and be written both ways", "[cli]") {
  CliRun cli;
  cli.revision("001_a");
  for (const auto& words : std::vector<std::vector<std::string>>{{"--format", "json", "heads", "--branch", "main"},
                                                                 {"--branch=main", "heads", "--format=json"},
                                                                 {"heads", "-v", "--format", "json"}}) {
    CHECK(cli.run(words) == ExitCode::done);
    CHECK(cli.document()["result"]["branches"][0]["heads"] == Json::array({"001_a"}));
  }
}

TEST_CASE("a relative target is an argument, not a flag", "[cli]") {
  CliRun cli;
  cli.revision("001_a");
  CHECK(cli.run({"show", "-1"}) == ExitCode::usage);
  CHECK(cli.console.errors.find("unknown flag") == std::string::npos);
}

TEST_CASE("behind -- everything is an argument", "[cli]") {
  CliRun cli;
  cli.folder.write("migrations/.keep", "");
  CHECK(cli.run({"new", "--", "--help", "me"}) == ExitCode::usage);
  CHECK(cli.run({"new", "--", "--help"}) == ExitCode::done);
  CHECK(cli.has("migrations/001_help.up.sql"));
}

TEST_CASE("the version is told with and without a command", "[cli]") {
  CliRun cli;
  CHECK(cli.run({"--version"}) == ExitCode::done);
  const std::string version = cli.console.output;
  CHECK(version.starts_with("dbmigrate "));
  CHECK(cli.run({"version"}) == ExitCode::done);
  CHECK(cli.console.output == version);
}

TEST_CASE("a missing migrations directory is told with the ways out", "[cli]") {
  CliRun cli;
  CHECK(cli.run({"heads"}) == ExitCode::invalid_input);
  CHECK(cli.console.errors.find("hint: \"dbmigrate init\" makes one; --dir or dir in dbmigrate.yaml") !=
        std::string::npos);
}

TEST_CASE("the flag --color decides, else the terminal", "[cli]") {
  CliRun cli;
  cli.revision("001_a");
  const auto coloured = [&](const std::vector<std::string>& words) {
    cli.run(words);
    return cli.console.output.find("\x1b[") != std::string::npos;
  };
  CHECK_FALSE(coloured({"heads"}));
  CHECK(coloured({"heads", "--color=always"}));
  cli.console.terminal = true;
  CHECK(coloured({"heads"}));
  CHECK_FALSE(coloured({"heads", "--color=never"}));
  cli.variables["NO_COLOR"] = "1";
  CHECK_FALSE(coloured({"heads"}));
}

TEST_CASE("a question is asked once and answered by --yes", "[cli]") {
  CliRun cli;
  const Environment environment;
  World world = cli.world_with(environment);
  Report report(cli.console, {});
  const auto refusal = [&](Context& context) -> std::string {
    try {
      context.confirm("Go on?", "not confirmed");
      return "";
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::refused);
      return error.info().detail;
    }
  };
  Flags flags;
  SECTION("nobody to ask") {
    Context context(world, flags, report);
    CHECK(refusal(context) == "There is no terminal to ask on.");
  }
  SECTION("no") {
    cli.console.answer = Answer::no;
    Context context(world, flags, report);
    CHECK(refusal(context) == "The answer was no.");
    CHECK(cli.console.asked == std::vector<std::string>{"Go on?"});
  }
  SECTION("yes") {
    cli.console.answer = Answer::yes;
    Context context(world, flags, report);
    CHECK(refusal(context).empty());
  }
  SECTION("--yes") {
    flags.yes = true;
    Context context(world, flags, report);
    CHECK(refusal(context).empty());
    CHECK(cli.console.asked.empty());
  }
}
