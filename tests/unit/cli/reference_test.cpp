// docs/reference is what the program prints.
// SPDX-License-Identifier: Apache-2.0
#include "cli/reference.hpp"

#include "cli/common_flags.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;

namespace {

std::string committed(const std::string& page) {
  return read_file(std::string(DBMIGRATE_PROJECT) + "/docs/reference/" + page + ".md");
}

}  // namespace

TEST_CASE("the committed reference is the one that the program prints", "[cli]") {
  for (const std::string page : {"commands", "errors", "health-checks"}) {
    INFO("scripts/reference writes docs/reference/" << page << ".md");
    CHECK(reference_page(page) == committed(page));
  }
  CHECK_FALSE(reference_page("nonsense"));
}

TEST_CASE("__reference prints a page, and another word is an unknown command", "[cli]") {
  CliRun cli;
  CHECK(cli.run({"__reference", "errors"}) == ExitCode::done);
  CHECK(cli.console.output == reference_page("errors"));
  CHECK(cli.run({"__reference", "nonsense"}) == ExitCode::usage);
}

TEST_CASE("the settings page knows every common flag", "[cli]") {
  FlagSet flags;
  Flags values;
  add_common_flags(flags, values);
  const std::string page = committed("settings");
  for (const auto& flag : flags.flags()) {
    const std::string name = flag.short_name.empty() ? flag.name : flag.short_name;
    INFO(name);
    CHECK(page.find("`" + name) != std::string::npos);
  }
}
