// persons behind PgBouncer, which gives each transaction another server process.
// SPDX-License-Identifier: Apache-2.0
#include "../host.hpp"
#include "faults/pooler.hpp"
#include "faults/server.hpp"
#include "postgres/session.hpp"
#include "support/catch.hpp"
#include "support/cli_run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("persons: goes up and down through a pooler of transactions", "[branches]") {
  const auto program = faults::find_pgbouncer();
  if (program.empty()) {
    WARN("PgBouncer is not installed");
    return;
  }
  const faults::Server server;
  const faults::Pooler pooler(server, program);
  const auto session = connect({.conninfo = server.url("postgres"), .application_name = "test"});
  session->run(project_file("migrations/persons/001_create_personas.up.sql"));
  session->run(
      "INSERT INTO personas (raw_text, persona) SELECT CASE WHEN n > 5 THEN 'text ' || n ELSE '' END, '{}'"
      " FROM generate_series(1, 3000) n");
  const auto rows = [&] {
    return session
        ->run(
            "SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM (SELECT id, raw_text, persona, created_at,"
            " updated_at FROM personas) AS p")
        .back()
        .text(0, 0);
  };
  const auto before = rows();

  CliRun cli;
  const auto dbmigrate = [&](std::vector<std::string> words) {
    for (const auto& word : {std::string("--branch"), std::string("persons"), std::string("--dir"),
                             std::string(PROJECT_ROOT) + "/migrations", std::string("--url"),
                             faults::url_at(pooler.folder(), "5432", "postgres", "postgres")}) {
      words.push_back(word);
    }
    return cli.run(words);
  };
  REQUIRE(dbmigrate({"upgrade", "head"}) == ExitCode::done);
  INFO(cli.console.output << cli.console.errors);
  CHECK(cli.console.output.find("Migrated: 2995\n") != std::string::npos);
  CHECK(dbmigrate({"backfill", "run"}) == ExitCode::done);
  CHECK(dbmigrate({"validate-only"}) == ExitCode::done);
  CHECK(dbmigrate({"upgrade", "persons@004", "--accept-skipped"}) == ExitCode::done);
  CHECK(dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(rows() == before);
}
