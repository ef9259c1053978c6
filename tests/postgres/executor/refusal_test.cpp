// What a run refuses before it changes anything.
// SPDX-License-Identifier: Apache-2.0
#include "executor/executor.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// A role of this test's own, gone with it. Roles belong to the whole server, so the name has the database's in it.
class Role {
 public:
  explicit Role(TestDatabase& database) : database_(database), name_(database.name() + "_role") {
    database_.run("CREATE ROLE " + name_);
  }
  ~Role() { database_.run("DROP OWNED BY " + name_ + " CASCADE; DROP ROLE " + name_); }
  Role(const Role&) = delete;
  Role& operator=(const Role&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  TestDatabase& database_;
  std::string name_;
};

void write_project(const Project& project) {
  project.migration("0001_a", "CREATE SCHEMA IF NOT EXISTS mine; CREATE TABLE mine.a (id int);", "DROP TABLE mine.a;");
}

}  // namespace

TEST_CASE("a standby is refused by what it says of itself", "[executor]") {
  const auto error = error_of([] { require_writable(ServerFacts{.in_recovery = true}); });
  CHECK(error.code == ErrorCode::read_only_server);
  CHECK(exit_code_of(error.code) == ExitCode::refused);
  CHECK(error.message == "the server is a standby");
}

TEST_CASE("a read-only database is refused before anything is written", "[executor]") {
  TestDatabase database;
  Project project;
  write_project(project);
  database.run("ALTER DATABASE " + database.name() + " SET default_transaction_read_only = on");
  const auto error = error_of([&] { upgrade(database, project); });
  CHECK(error.code == ErrorCode::read_only_server);
  CHECK(database.ask("SELECT to_regnamespace('dbmigrate')") == "NULL");
}

TEST_CASE("a role that may not create the version table is told what to do", "[executor]") {
  TestDatabase database;
  Project project;
  write_project(project);
  const Role role(database);
  auto options = options_for(database);
  options.role = role.name();

  const auto error = error_of([&] { upgrade(database, project, "head", nullptr, &options); });
  CHECK(error.code == ErrorCode::missing_privilege);
  CHECK(error.sqlstate == "42501");
  CHECK(error.hint.find("--version-schema") != std::string::npos);

  SECTION("a schema made for it is enough") {
    database.run("CREATE SCHEMA mine AUTHORIZATION " + role.name());
    project.write("0001_a.up.sql", "CREATE TABLE mine.a (id int);");
    options.version_schema = "mine";
    CHECK(upgrade(database, project, "head", nullptr, &options).revisions.size() == 1);
    CHECK(database.ask("SELECT tableowner FROM pg_tables WHERE schemaname = 'mine' AND tablename = 'version'") ==
          role.name());
    CHECK(database.ask("SELECT to_regnamespace('dbmigrate')") == "NULL");
  }
}

TEST_CASE("missing privileges on the version tables are named, and nothing runs", "[executor]") {
  TestDatabase database;
  Project project;
  write_project(project);
  upgrade(database, project);
  project.migration("0002_b", "CREATE TABLE mine.b (id int);", "DROP TABLE mine.b;");
  const Role role(database);
  database.run("GRANT USAGE ON SCHEMA dbmigrate TO " + role.name() + "; GRANT USAGE, CREATE ON SCHEMA mine TO " +
               role.name() + "; GRANT SELECT ON ALL TABLES IN SCHEMA dbmigrate TO " + role.name() +
               "; GRANT INSERT, UPDATE ON dbmigrate.version TO " + role.name());
  auto options = options_for(database);
  options.role = role.name();
  const auto error = error_of([&] { upgrade(database, project, "head", nullptr, &options); });
  CHECK(error.code == ErrorCode::missing_privilege);
  CHECK(error.detail.find("UPDATE on \"dbmigrate\".control") != std::string::npos);
  CHECK(error.detail.find("INSERT on \"dbmigrate\".history") != std::string::npos);
  CHECK(error.detail.find("DELETE on \"dbmigrate\".version") != std::string::npos);
  CHECK(error.detail.find("INSERT on \"dbmigrate\".version") == std::string::npos);
  CHECK(database.ask("SELECT to_regclass('mine.b')") == "NULL");
}
