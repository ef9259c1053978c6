// What a dry-run may do to the database that it looks at: nothing.
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "embedded/server_binaries.hpp"
#include "embedded/temporary_server.hpp"
#include "postgres/session.hpp"
#include "support/catch.hpp"
#include "support/cli_run.hpp"
#include "support/test_database.hpp"

namespace dbmigrate {
namespace {

constexpr const char* kGiven =
    "CREATE TABLE users (id int, email text, team int); CREATE TABLE teams (id int PRIMARY KEY);"
    "INSERT INTO users SELECT g, CASE WHEN g % 10 = 0 THEN NULL ELSE 'mail' || g % 50 END, g % 5"
    "  FROM generate_series(1, 100) g;"
    "INSERT INTO teams VALUES (1), (2), (3)";

void write_plan(CliRun& run) {
  run.folder.write("migrations/001_users.up.sql",
                   "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
                   "ALTER TABLE users ADD CONSTRAINT one_mail UNIQUE (email);\n"
                   "ALTER TABLE users ADD CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams;\n"
                   "ALTER TABLE users ADD CONSTRAINT few CHECK (id < 91);\n"
                   "ALTER TABLE users ADD COLUMN age int NOT NULL;\n");
  run.folder.write("migrations/001_users.down.sql", "SELECT 1;\n");
}

std::vector<std::string> messages(const Json& document) {
  std::vector<std::string> texts;
  for (const auto& finding : document.at("result").at("findings")) {
    if (finding.at("rule") == "rows-refused") texts.push_back(finding.at("message").get<std::string>());
  }
  return texts;
}

/// A server that writes down every statement.
class TalkativeServer {
 public:
  TalkativeServer() : server_(binaries(), options()) {}
  [[nodiscard]] std::string url(std::string_view database = "postgres") const { return server_.url(database); }
  [[nodiscard]] std::unique_ptr<Session> connect(std::string_view database = "postgres") const {
    return dbmigrate::connect({.conninfo = url(database), .application_name = "test"});
  }
  /// What applications other than the test's own sent, `application|statement` a line.
  [[nodiscard]] std::vector<std::string> said() const {
    std::istringstream log(connect()->run("SELECT pg_read_file(pg_current_logfile())").back().text(0, 0));
    std::vector<std::string> lines;
    for (std::string line; std::getline(log, line);) {
      const auto at = line.find("LOG:  statement: ");
      if (at == std::string::npos || !line.starts_with("dbmigrate")) continue;
      std::string statement = line.substr(at + 17);
      if (statement.empty() && std::getline(log, line)) statement = line.substr(line.find_first_not_of('\t'));
      lines.push_back(statement);
    }
    return lines;
  }

 private:
  static ServerBinaries binaries() {
    const char* given = std::getenv("DBMIGRATE_TEST_PG_BIN");
    return find_server_binaries(given != nullptr ? given : "");
  }
  static TemporaryServerOptions options() {
    TemporaryServerOptions options;
    options.settings = {{"log_statement", "all"},
                        {"log_line_prefix", "%a|"},
                        {"logging_collector", "on"},
                        {"log_directory", "log"},
                        {"log_filename", "all.log"}};
    return options;
  }
  TemporaryServer server_;
};

}  // namespace

TEST_CASE("values that would make a statement fail are found in the rows that are there", "[cli]") {
  tests::TestDatabase database;
  database.run(kGiven);
  CliRun run;
  write_plan(run);
  CHECK(run.run({"dry-run", "--url", database.url(), "--format", "json"}) == ExitCode::findings);
  CHECK(
      messages(run.document()) ==
      std::vector<std::string>{"10 rows of public.users have NULL in email",
                               "45 rows of public.users repeat what another row has in email (one_mail)",
                               "40 rows of public.users find no row of public.teams in team (of_team)",
                               "10 rows of public.users violate few (id < 91)",
                               "public.users has 100 rows, and nothing fills the new column age, which refuses NULL"});
}

TEST_CASE("a dry-run sends nothing but BEGIN READ ONLY, SET LOCAL, reads and the end of the transaction", "[cli]") {
  const TalkativeServer server;
  server.connect()->run("CREATE DATABASE target");
  server.connect("target")->run(kGiven);
  CliRun run;
  write_plan(run);
  const auto before = server.connect("target")->run("SELECT count(*), sum(relnatts) FROM pg_class").back().rows;
  run.run({"dry-run", "--url", server.url("target"), "--clone", "off"});
  const auto statements = server.said();
  CHECK(statements.size() > 5);
  for (const auto& statement : statements) {
    INFO(statement);
    const std::string first = statement.substr(0, statement.find_first_of(" ;"));
    if (first == "BEGIN") {
      CHECK(statement.find("READ ONLY") != std::string::npos);
    } else if (first == "SET") {
      CHECK(statement.starts_with("SET LOCAL"));
    } else {
      CHECK((first == "SELECT" || first == "WITH" || first == "COMMIT" || first == "ROLLBACK" || first == "SAVEPOINT" ||
             first == "RELEASE"));
    }
  }
  CHECK(server.connect("target")->run("SELECT count(*), sum(relnatts) FROM pg_class").back().rows == before);
}

TEST_CASE("a role that may only read is enough", "[cli]") {
  const TalkativeServer server;
  server.connect()->run("CREATE DATABASE target");
  server.connect()->run("CREATE ROLE reader LOGIN");
  server.connect("target")->run(std::string(kGiven) + "; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
  CliRun run;
  write_plan(run);
  auto url = server.url("target");
  const auto user = url.find("postgres@");
  REQUIRE(user != std::string::npos);
  url.replace(user, 8, "reader");
  CHECK(run.run({"dry-run", "--url", url, "--format", "json"}) == ExitCode::findings);
  const auto document = run.document();
  CHECK(messages(document).size() == 5);
  CHECK(document.at("result").at("clone") == "dump");
}

TEST_CASE("a plan is carried out as it was looked at, or not at all", "[cli]") {
  tests::TestDatabase database;
  CliRun run;
  run.folder.write("migrations/001_users.up.sql", "CREATE TABLE users (id int);\n");
  run.folder.write("migrations/001_users.down.sql", "DROP TABLE users;\n");
  REQUIRE(run.run({"dry-run", "--url", database.url(), "--out", "plan.json"}) == ExitCode::done);

  SECTION("an edited file is refused") {
    run.folder.write("migrations/001_users.down.sql", "DROP TABLE users; -- edited\n");
    CHECK(run.run({"upgrade", "--url", database.url(), "--plan", "plan.json"}) == ExitCode::history_mismatch);
  }
  SECTION("a database that changed is refused") {
    database.run("CREATE TABLE another (id int)");
    CHECK(run.run({"upgrade", "--url", database.url(), "--plan", "plan.json"}) == ExitCode::history_mismatch);
  }
  SECTION("another database is refused") {
    tests::TestDatabase other;
    CHECK(run.run({"upgrade", "--url", other.url(), "--plan", "plan.json"}) == ExitCode::refused);
  }
  SECTION("otherwise it runs") {
    CHECK(run.run({"upgrade", "--url", database.url(), "--plan", "plan.json"}) == ExitCode::done);
    CHECK(database.ask("SELECT to_regclass('users') IS NOT NULL") == "t");
  }
}

TEST_CASE("a plan above the risk that was allowed is refused before anything changes", "[cli]") {
  tests::TestDatabase database;
  database.run(kGiven);
  CliRun run;
  write_plan(run);
  CHECK(run.run({"upgrade", "--url", database.url(), "--max-risk", "warning"}) == ExitCode::refused);
  CHECK(run.console.errors.find("risk: error") != std::string::npos);
  CHECK(database.ask("SELECT to_regclass('dbmigrate.version') IS NULL") == "t");
}

}  // namespace dbmigrate
