// Who wins, and what is refused.
// SPDX-License-Identifier: Apache-2.0
#include "config/settings.hpp"

#include <utility>

#include "core/log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace dbmigrate;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kTwoEnvironments = R"(default_environment: dev
dir: db/migrations
lock_timeout: 3s
environments:
  dev:
    url: "embedded:"
  production:
    url: ${PROD_URL}
    branches: [persons, life_graph]
    role: owner
    protected: true
    lock_timeout: 1s
)";

Environment with(Environment::Variables variables) { return Environment(std::move(variables)); }

/// A project folder with settings in it.
struct Project {
  TemporaryFolder folder;
  Flags flags;
  Environment::Variables variables;

  explicit Project(std::string_view settings = "") {
    if (!settings.empty()) folder.write("dbmigrate.yaml", settings);
    folder.write(".git/HEAD", "");
  }
  [[nodiscard]] Settings load() const { return load_settings(flags, Environment(variables), folder.path()); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder.path() / name).string(); }
};

ErrorInfo problem(const Project& project) {
  try {
    static_cast<void>(project.load().database());
  } catch (const Error& error) {
    return error.info();
  }
  return {};
}

}  // namespace

TEST_CASE("lint has rules of its own for the project", "[config]") {
  const Project project("lint:\n  server_version: 14\n  fail_on: warning\n  rules:\n    drop-table: off\n");
  const auto lint = project.load().lint;
  CHECK(lint.server_version == 14);
  CHECK(lint.fail_on == "warning");
  REQUIRE(lint.levels.size() == 1);
  CHECK(lint.levels[0].rule == "drop-table");
  CHECK(lint.levels[0].level == "off");
  CHECK_THROWS_AS(Project("lint:\n  rules:\n    drop-table: maybe\n").load(), Error);
  CHECK_THROWS_AS(Project("lint: {ruels: {}}").load(), Error);
}

TEST_CASE("without anything there are defaults", "[config]") {
  const Project project;
  const Settings settings = project.load();
  CHECK(*settings.lock_timeout == 2s);
  CHECK(*settings.statement_timeout == 0ms);
  CHECK(*settings.lock_retry_for == 5min);
  CHECK(*settings.reconnect_for == 30s);
  CHECK(*settings.idle_timeout == 30s);
  CHECK(*settings.recent_writes_after == 168h);
  CHECK(*settings.wait == 1min);
  CHECK(*settings.version_schema == "dbmigrate");
  CHECK(settings.lock_timeout.from == "default");
  CHECK(settings.directory->string() == project.path("migrations"));
  CHECK(settings.config_file.empty());
  CHECK(settings.branches->empty());
  CHECK(*settings.protection == Protection::open);
}

TEST_CASE("flags are stronger than variables, which are stronger than the environment's, then the file's", "[config]") {
  Project project(kTwoEnvironments);
  CHECK(*project.load().lock_timeout == 3s);
  CHECK(project.load().lock_timeout.from == project.path("dbmigrate.yaml") + ":3:15");
  project.variables["PROD_URL"] = "postgresql://h/d";
  project.flags.env = "production";
  CHECK(*project.load().lock_timeout == 1s);
  project.variables["DBMIGRATE_LOCK_TIMEOUT"] = "500ms";
  CHECK(*project.load().lock_timeout == 500ms);
  CHECK(project.load().lock_timeout.from == "DBMIGRATE_LOCK_TIMEOUT");
  project.flags.lock_timeout = 0ms;
  CHECK(*project.load().lock_timeout == 0ms);
  CHECK(project.load().lock_timeout.from == "--lock-timeout");
}

TEST_CASE("the environment gives branches, role and protection", "[config]") {
  Project project(kTwoEnvironments);
  project.variables["PROD_URL"] = "postgresql://h/d";
  project.variables["DBMIGRATE_ENV"] = "production";
  const Settings settings = project.load();
  CHECK(*settings.environment == "production");
  CHECK(settings.environment.from == "DBMIGRATE_ENV");
  CHECK(*settings.branches == std::vector<std::string>{"persons", "life_graph"});
  CHECK(*settings.role == "owner");
  CHECK(*settings.protection == Protection::is_protected);
  CHECK(settings.database().url == "postgresql://h/d");

  SECTION("a flag chooses other branches") {
    project.flags.branches = {"attempt_view"};
    CHECK(*project.load().branches == std::vector<std::string>{"attempt_view"});
  }
  SECTION("a variable holds several") {
    project.variables["DBMIGRATE_BRANCH"] = "a, b";
    CHECK(*project.load().branches == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("the database is the one that was named most directly", "[config]") {
  Project project(kTwoEnvironments);
  project.variables["PROD_URL"] = "postgresql://prod/d";

  SECTION("the default environment") {
    CHECK(project.load().database().is_embedded());
    CHECK(*project.load().environment == "dev");
  }
  SECTION("DATABASE_URL replaces it, and then it is not in force") {
    project.variables["DATABASE_URL"] = "postgresql://other/d";
    CHECK(project.load().database().url == "postgresql://other/d");
    CHECK(project.load().database().from == "DATABASE_URL");
    CHECK(project.load().environment->empty());
  }
  SECTION("DBMIGRATE_URL is stronger than DATABASE_URL") {
    project.variables["DATABASE_URL"] = "postgresql://other/d";
    project.variables["DBMIGRATE_URL"] = "postgresql://mine/d";
    CHECK(project.load().database().url == "postgresql://mine/d");
  }
  SECTION("a chosen environment keeps its own") {
    project.variables["DATABASE_URL"] = "postgresql://other/d";
    project.variables["DBMIGRATE_URL"] = "postgresql://mine/d";
    project.flags.env = "production";
    CHECK(project.load().database().url == "postgresql://prod/d");
  }
  SECTION("--url is stronger than all, and the chosen environment stays in force") {
    project.flags.env = "production";
    project.flags.url = "host=h dbname=d";
    CHECK(project.load().database().url == "host=h dbname=d");
    CHECK(*project.load().environment == "production");
  }
  SECTION("an empty variable is as good as none") {
    project.variables["DATABASE_URL"] = "";
    CHECK(project.load().database().is_embedded());
  }
}

TEST_CASE("a default environment without url takes its database from elsewhere", "[config]") {
  Project project("default_environment: main\nenvironments:\n  main:\n    branches: [persons]\n");
  SECTION("DATABASE_URL") { project.variables["DATABASE_URL"] = "postgresql://other/d"; }
  SECTION("PG*") { project.variables["PGHOST"] = "h"; }
  const Settings settings = project.load();
  CHECK(settings.has_database());
  CHECK(*settings.environment == "main");
  CHECK(*settings.branches == std::vector<std::string>{"persons"});
}

TEST_CASE("libpq's own variables are the last way", "[config]") {
  Project project;
  project.variables["PGPASSWORD"] = "x1y2z3";
  CHECK_FALSE(project.load().has_database());
  project.variables["PGDATABASE"] = "d";
  project.variables["PGHOST"] = "h";
  CHECK(project.load().database().url.empty());
  CHECK(project.load().database().from == "PGHOST and PGDATABASE");
  CHECK(log::without_secrets("it is x1y2z3") == "it is ***");
}

TEST_CASE("without a database the error lists the ways, once it is asked for", "[config]") {
  const Project project;
  const ErrorInfo error = problem(project);
  CHECK(error.code == ErrorCode::invalid_config);
  CHECK(error.message == "no database is named");
  for (const auto* way : {"--url", "--env", "DATABASE_URL", "DBMIGRATE_URL", "dbmigrate.yaml", "PGHOST", "embedded:"}) {
    CHECK(error.hint.find(way) != std::string::npos);
  }
}

TEST_CASE("an unset variable is told with its place, for the selected environment only", "[config]") {
  Project project(kTwoEnvironments);
  CHECK(project.load().database().is_embedded());
  project.flags.env = "production";
  CHECK(*project.load().role == "owner");
  const ErrorInfo error = problem(project);
  CHECK(error.code == ErrorCode::invalid_config);
  CHECK(error.message == "the environment variable PROD_URL is not set");
  REQUIRE(error.at);
  CHECK(error.at->line == 8);
  CHECK(error.at->column == 10);
}

TEST_CASE("a password becomes a secret", "[config]") {
  Project project;
  project.flags.url = "postgresql://u:geheim%21wort@h/d";
  static_cast<void>(project.load());
  CHECK(log::without_secrets("geheim%21wort or geheim!wort") == "*** or ***");
}

TEST_CASE("the settings file is found in the folders above, up to the work tree's root", "[config]") {
  const TemporaryFolder folder;
  folder.write("dbmigrate.yaml", "dir: outer\n");
  folder.write("repo/a/b/c.txt", "");
  const auto load = [&] { return load_settings({}, Environment(), folder.path() / "repo/a/b"); };
  CHECK(load().config_file == folder.path() / "dbmigrate.yaml");
  CHECK(load().project_directory == folder.path());
  CHECK(*load().directory == folder.path() / "outer");
  folder.write("repo/.git/HEAD", "");
  CHECK(load().config_file.empty());
  folder.write("repo/dbmigrate.yaml", "dir: inner\n");
  CHECK(*load().directory == folder.path() / "repo/inner");
}

TEST_CASE("paths are relative to where they were given", "[config]") {
  Project project("dir: ../shared\n");
  CHECK(*project.load().directory == (project.folder.path() / "../shared").lexically_normal());
  project.variables["DBMIGRATE_DIR"] = "here";
  CHECK(project.load().directory->string() == project.path("here"));
  project.flags.dir = "/abs";
  CHECK(project.load().directory->string() == "/abs");
}

TEST_CASE("what makes no sense is refused with the name of who gave it", "[config]") {
  Project project(kTwoEnvironments);
  const auto message = [&]() -> std::string {
    try {
      static_cast<void>(project.load().database());
      return "";
    } catch (const Error& error) {
      return error.info().message;
    }
  };
  SECTION("a variable without unit") {
    project.variables["DBMIGRATE_WAIT"] = "5";
    CHECK(message() == "the environment variable DBMIGRATE_WAIT holds \"5\"");
  }
  SECTION("a switch") {
    project.variables["DBMIGRATE_YES"] = "maybe";
    CHECK(message() == "the environment variable DBMIGRATE_YES holds \"maybe\"");
  }
  SECTION("a list without names") {
    project.variables["DBMIGRATE_BRANCH"] = " , ";
    CHECK(message() == "the environment variable DBMIGRATE_BRANCH holds \" , \"");
  }
  SECTION("an environment") {
    project.flags.env = "produktion";
    CHECK(message() == "unknown environment \"produktion\"");
  }
  SECTION("a url, which is not repeated") {
    project.flags.url = "hunter2";
    CHECK(message() == "--url does not name a PostgreSQL database");
  }
  SECTION("a schema") {
    project.flags.version_schema = "pg_mine";
    CHECK(message() == "\"pg_mine\" cannot be the name of the version table's schema");
  }
  SECTION("a settings file that is not there") {
    project.flags.config = "elsewhere.yaml";
    CHECK(message().find("elsewhere.yaml") != std::string::npos);
  }
}

TEST_CASE("the file is read strictly", "[config]") {
  const auto message = [](std::string_view text) -> std::string {
    const Project project(text);
    try {
      static_cast<void>(project.load());
      return "";
    } catch (const Error& error) {
      return error.code() == ErrorCode::invalid_config && error.info().at ? error.info().message : "other error";
    }
  };
  CHECK(message("dir: x\ndri: y\n") != "");
  CHECK(message("environments:\n  dev:\n    uri: x\n") != "");
  CHECK(message("lock_timeout: 2\n") != "");
  CHECK(message("environments:\n  dev:\n    protected: maybe\n") != "");
  CHECK(message("default_environment: prod\nenvironments:\n  dev:\n    url: x\n") ==
        "default_environment names \"prod\", which is not there");
  CHECK(message("dir: x\n") == "");
  CHECK(message("# nothing but a comment\n").ends_with("dbmigrate.yaml is empty"));
}

TEST_CASE("output settings need no file", "[config]") {
  Flags flags;
  CHECK(*load_output_settings(flags, Environment()).format == "text");
  CHECK(*load_output_settings(flags, with({{"NO_COLOR", "1"}})).color == "never");
  CHECK(*load_output_settings(flags, with({{"DBMIGRATE_FORMAT", "json"}})).format == "json");
  flags.color = "always";
  CHECK(*load_output_settings(flags, with({{"NO_COLOR", "1"}})).color == "always");
  CHECK_THROWS_AS(load_output_settings({}, with({{"DBMIGRATE_FORMAT", "xml"}})), Error);
  flags.quiet = flags.verbose = true;
  CHECK_THROWS_AS(load_output_settings(flags, Environment()), Error);
}

TEST_CASE("an idle timeout that a living run could not keep is refused", "[config]") {
  Project project("idle_timeout: 2s\n");
  CHECK(*project.load().idle_timeout == 2s);
  project.variables["DBMIGRATE_IDLE_TIMEOUT"] = "999ms";
  CHECK(problem(project).code == ErrorCode::invalid_config);
  project.flags.idle_timeout = 0ms;
  CHECK(problem(project).code == ErrorCode::usage);
}
