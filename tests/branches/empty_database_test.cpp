// All branches that we ship, together in an empty database.
// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"
#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("an empty database takes every branch, held revisions included, gives it back, and takes it again",
          "[branches]") {
  Host host("persons");
  CliRun cli;
  const auto dbmigrate = [&](const char* command, const char* target) {
    return cli.run({command, target, "--dir", host.migrations, "--url", host.url});
  };
  const auto before = host.schema();
  for (const auto* round : {"first", "second"}) {
    CAPTURE(round);
    REQUIRE(dbmigrate("upgrade", "head") == ExitCode::done);
    INFO(cli.console.output << cli.console.errors);
    CHECK(host.database.ask("SELECT branch, count(*) FROM dbmigrate.version WHERE state = 'applied' GROUP BY branch"
                            " ORDER BY branch") == "attempt_view|5\naudit_queries|4\nlife_graph|6\npersons|4");
    REQUIRE(dbmigrate("downgrade", "base") == ExitCode::done);
    CHECK(host.schema() == before);
    CHECK(host.database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
  }
}
