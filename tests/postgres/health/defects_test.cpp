// What somebody changed by hand is named by one check each; what is as the revisions left it is not.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"
#include "support/catch.hpp"

namespace dbmigrate::tests {
namespace {

class Ledgered : public Project {
 public:
  Ledgered() {
    migration("001_people", R"(
CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', age integer);
CREATE TABLE pets (id bigint PRIMARY KEY, owner bigint REFERENCES people, CONSTRAINT owned CHECK (owner > 0));
CREATE INDEX people_name ON people (name);
CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER greeting BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION greet();)",
              "DROP TABLE pets; DROP TABLE people; DROP FUNCTION greet;");
    write_catalogs(*this);
  }
};

const Ledgered& ledgered() {
  static const Ledgered one;
  return one;
}

}  // namespace

TEST_CASE("each change by hand is named exactly once, and the untouched database is silent", "[health]") {
  HealthDatabase database;
  upgrade(database, ledgered());
  CHECK(alarms(look_at(database, ledgered())).empty());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"ALTER TABLE people ALTER name SET DEFAULT 'somebody'", "critical drift: column public.people.name"},
      {"DROP INDEX people_name", "critical indexes: index public.people_name"},
      {"ALTER TABLE people DISABLE TRIGGER greeting", "critical disabled_trigger: trigger public.people.greeting"},
      {"ALTER TABLE pets DROP CONSTRAINT owned; ALTER TABLE pets ADD CONSTRAINT owned CHECK (owner > 0) NOT VALID",
       "warning not_valid: constraint public.pets.owned"},
      {"CREATE OR REPLACE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
       "critical drift: function public.greet()"},
      {"CREATE TABLE mine (id int PRIMARY KEY)", "warning drift: table public.mine"},
  };
  for (const auto& [change, alarm] : cases) {
    DYNAMIC_SECTION(alarm) {
      database.run(change);
      CHECK(alarms(look_at(database, ledgered())) == alarm);
    }
  }
}

TEST_CASE("only the selected branches count", "[health]") {
  HealthDatabase database;
  const Project project;
  project.write("ours/001_a.up.sql", "CREATE TABLE a (id int PRIMARY KEY);");
  project.write("ours/001_a.down.sql", "DROP TABLE a;");
  project.write(
      "theirs/001_b.up.sql",
      "CREATE TABLE b (id int PRIMARY KEY, n int, CONSTRAINT positive CHECK (n > 0)); CREATE INDEX b_n ON b (n);");
  project.write("theirs/001_b.down.sql", "DROP TABLE b;");
  project.write("theirs/002_more.up.sql", "ALTER TABLE b ADD m int;");
  project.write("theirs/002_more.down.sql", "ALTER TABLE b DROP m;");
  write_catalogs(project);
  upgrade(database, project, "ours@001_a");
  upgrade(database, project, "theirs@001_b");
  database.run(
      "DROP INDEX b_n; ALTER TABLE b DROP CONSTRAINT positive;"
      "ALTER TABLE b ADD CONSTRAINT positive CHECK (n > 0) NOT VALID");
  CHECK(alarms(look_at(database, project, {.branches = {"ours"}})).empty());
  CHECK(alarms(look_at(database, project, {.branches = {"theirs"}})) ==
        "critical indexes: index public.b_n\nwarning version: branch theirs\nwarning not_valid: constraint "
        "public.b.positive");
}

TEST_CASE("what nobody wrote down is unknown, not fine", "[health]") {
  HealthDatabase database;
  Project project;
  project.migration("001_a", "CREATE TABLE a (id int PRIMARY KEY);", "DROP TABLE a;");
  upgrade(database, project);
  const auto report = look_at(database, project);
  for (const std::string check : {"extensions", "tables", "indexes", "drift"}) {
    INFO(check);
    const auto& outcome = outcome_of(report, check);
    CHECK(outcome.status == HealthStatus::unknown);
    CHECK(outcome.says.find("main@001_a: There is no ") != std::string::npos);
    CHECK(outcome.fix.find("dbmigrate catalog --branch main") != std::string::npos);
  }
  CHECK(status_of(report) == HealthStatus::unknown);
}

TEST_CASE("a database that nobody has migrated is critical, and says so", "[health]") {
  const HealthDatabase database;
  const auto report = look_at(database, ledgered());
  CHECK(alarms(report) == "critical version: branch main");
  CHECK(outcome_of(report, "version").says == "nothing is applied");
}

TEST_CASE("held revisions do not count as pending", "[health]") {
  HealthDatabase database;
  Project project;
  project.migration("001_a", "CREATE TABLE a (id int PRIMARY KEY);", "DROP TABLE a;");
  project.write("002_b.yaml",
                "hold: deploy first\nup: {sql: ALTER TABLE a ADD x int}\ndown: {sql: ALTER TABLE a DROP x}\n");
  write_catalogs(project);
  upgrade(database, project, "001_a");
  const auto report = look_at(database, project);
  CHECK(alarms(report).empty());
  CHECK(outcome_of(report, "version").says == "head (1 held)");
}

TEST_CASE("a suppression holds for its object until its day, and is told when it does nothing", "[health]") {
  HealthDatabase database;
  upgrade(database, ledgered());
  database.run("CREATE TABLE mine (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)");
  const auto suppressing = [](const std::string& object, const std::string& until) {
    HealthSectionOfFile settings;
    settings.suppressions.push_back(
        {.check = "drift", .check_at = {}, .object = object, .because = "ours", .until = until, .at = {}});
    return Looking{.settings = settings};
  };
  using Use = SuppressionState::Use;
  SECTION("one of two") {
    const auto report = look_at(database, ledgered(), suppressing("public.mine", ""));
    CHECK(alarms(report) == "warning drift: table public.other");
    CHECK(report.suppressions.front().use == Use::used);
    CHECK(outcome_of(report, "drift").suppressed.size() == 1);
  }
  SECTION("all of them, by pattern, on a day to come") {
    const auto report = look_at(database, ledgered(), suppressing("table public.*", "2999-12-31"));
    CHECK(alarms(report).empty());
    CHECK(report.status != HealthStatus::critical);
  }
  SECTION("a day that is over") {
    const auto report = look_at(database, ledgered(), suppressing("", "2020-01-01"));
    CHECK(alarms(report) == "warning drift: table public.mine table public.other");
    CHECK(report.suppressions.front().use == Use::expired);
  }
  SECTION("nothing to suppress") {
    const auto report = look_at(database, ledgered(), suppressing("public.gone", ""));
    CHECK(report.suppressions.front().use == Use::unused);
  }
}

TEST_CASE("a check that is switched off is not looked at", "[health]") {
  HealthDatabase database;
  upgrade(database, ledgered());
  database.run("CREATE TABLE mine (id int PRIMARY KEY)");
  HealthSectionOfFile settings;
  settings.checks.push_back({.id = "drift", .at = {}, .warning = {}, .critical = {}, .enabled = false});
  CHECK(alarms(look_at(database, ledgered(), {.settings = settings})).empty());
}

}  // namespace dbmigrate::tests
