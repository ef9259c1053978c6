// The manual and the completion know every command.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "report/width.hpp"
#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;

namespace {

std::vector<std::string> texts(const std::vector<Candidate>& candidates) {
  std::vector<std::string> words;
  for (const auto& candidate : candidates) words.push_back(candidate.text);
  return words;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("every command has a page with purpose, flags, exit statuses and an example", "[cli]") {
  const Paint plain(Paint::Colour::off);
  for (const auto& command : commands()) {
    INFO(command.name);
    const std::string page = command_text(command, 80, plain);
    CHECK_FALSE(command.purpose.empty());
    CHECK_FALSE(command.purpose.ends_with("."));
    CHECK_FALSE(command.examples.empty());
    for (const auto* part : {"Usage: dbmigrate ", "Common flags:", "Exit status:", "Examples:"}) {
      INFO(part);
      CHECK(page.find(part) != std::string::npos);
    }
    CHECK(overview_text(80, plain).find("  " + command.name + " ") != std::string::npos);
  }
}

TEST_CASE("a page shows the flags that do something for its command, with their defaults", "[cli]") {
  const Paint plain(Paint::Colour::off);
  const auto page = [&](const char* name) { return command_text(*find_command(name), 100, plain); };
  CHECK(page("upgrade").find("--lock-timeout DURATION    How long one attempt waits for a table's lock; 0 = for ever "
                             "(default:") != std::string::npos);
  CHECK(page("upgrade").find("(default: head)") != std::string::npos);
  CHECK(page("status").find("--url URL") != std::string::npos);
  CHECK(page("status").find("--lock-timeout") == std::string::npos);
  CHECK(page("status").find("--yes") == std::string::npos);
  CHECK(page("new").find("--url") == std::string::npos);
  CHECK(page("new").find("--dir DIR") != std::string::npos);
  CHECK(page("version").find("--env") == std::string::npos);
  CHECK(page("version").find("--format FORMAT") != std::string::npos);
  CHECK(page("embedded destroy").find("--yes") != std::string::npos);
}

TEST_CASE("pages fit the terminal", "[cli]") {
  const Paint plain(Paint::Colour::off);
  for (const auto& command : commands()) {
    int longest = 0;
    const std::string page = command_text(command, 80, plain);
    for (std::size_t at = 0, end = 0; (end = page.find('\n', at)) != std::string::npos; at = end + 1) {
      const auto line = page.substr(at, end - at);
      // An example's command line is never broken: it would not work any more.
      if (!line.starts_with("  dbmigrate ")) longest = std::max(longest, display_width(line));
    }
    INFO(command.name);
    CHECK(longest <= 80);
  }
}

TEST_CASE("help and --help are the same page", "[cli]") {
  CliRun cli;
  REQUIRE(cli.run({"help", "new"}) == ExitCode::done);
  const std::string page = cli.console.output;
  REQUIRE(cli.run({"new", "--help"}) == ExitCode::done);
  CHECK(cli.console.output == page);
  REQUIRE(cli.run({"new", "--nonsense", "-h"}) == ExitCode::done);
  CHECK(cli.console.output == page);
  REQUIRE(cli.run({"help"}) == ExitCode::done);
  const std::string overview = cli.console.output;
  REQUIRE(cli.run({"--help"}) == ExitCode::done);
  CHECK(cli.console.output == overview);
  CHECK(cli.run({"help", "nwe"}) == ExitCode::usage);
  CHECK(cli.console.errors == "error: unknown command \"nwe\"\nhint: Did you mean \"new\"?\n");
}

TEST_CASE("a shell is offered what fits", "[cli]") {
  CliRun cli;
  cli.revision("persons/001_a");
  cli.revision("graph/001_a");
  cli.revision("graph/002_b");
  const Environment environment;
  World world = cli.world_with(environment);
  const auto offered = [&](const std::vector<std::string>& words) { return texts(candidates(words, world)); };

  SECTION("commands") {
    CHECK(holds(offered({""}), "heads"));
    CHECK(offered({"head"}) == std::vector<std::string>{"heads"});
    CHECK(offered({"--format", "json", "head"}) == std::vector<std::string>{"heads"});
  }
  SECTION("flags") {
    CHECK(offered({"heads", "--bra"}) == std::vector<std::string>{"--branch"});
    CHECK(offered({"new", "--ya"}) == std::vector<std::string>{"--yaml"});
    CHECK(offered({"--bra"}) == std::vector<std::string>{"--branch"});
  }
  SECTION("values of flags") {
    CHECK(offered({"heads", "--branch", ""}) == std::vector<std::string>{"graph", "persons"});
    CHECK(offered({"heads", "--branch=p"}) == std::vector<std::string>{"--branch=persons"});
    CHECK(offered({"heads", "--format", "n"}) == std::vector<std::string>{"ndjson"});
    CHECK(offered({"heads", "--dir", ""}) == std::vector<std::string>{":directory"});
  }
  SECTION("arguments") {
    CHECK(offered({"completion", ""}) == std::vector<std::string>{"bash", "zsh", "fish"});
    CHECK(offered({"completion", "bash", ""}).empty());
    CHECK(offered({"help", "com"}) == std::vector<std::string>{"completion"});
  }
  SECTION("revisions, with the branch where it is needed") {
    CHECK(holds(offered({"show", ""}), "002_b"));
    CHECK(holds(offered({"show", ""}), "persons@001_a"));
    CHECK_FALSE(holds(offered({"show", ""}), "001_a"));
    CHECK(offered({"show", "graph@"}) ==
          std::vector<std::string>{"graph@001_a", "graph@002_b", "graph@head", "graph@base"});
    CHECK(offered({"show", "--dir", "elsewhere", "0"}).empty());
  }
  SECTION("nothing where something is wrong") {
    cli.folder.write("dbmigrate.yaml", "nonsense: 1\n");
    CHECK(offered({"heads", "--branch", ""}).empty());
    CHECK(offered({"nonsense", ""}).empty());
  }
}

TEST_CASE("__complete prints a candidate a line", "[cli]") {
  CliRun cli;
  CHECK(cli.run({"__complete", "head"}) == ExitCode::done);
  CHECK(cli.console.output == "heads\tList the revisions that nothing builds on\n");
}

TEST_CASE("each shell gets a script that asks the program", "[cli]") {
  CliRun cli;
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    INFO(shell);
    REQUIRE(cli.run({"completion", shell}) == ExitCode::done);
    CHECK(cli.console.output.find("__complete") != std::string::npos);
  }
  CHECK(cli.run({"completion", "tcsh"}) == ExitCode::usage);
}
