// Names of files, branches, revisions, objects, schemas and roles that were chosen to break what handles them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "sql/quote.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// Odd, and names all the same.
const std::vector<std::string> kUsable{
    "quote'single",
    "quote\"double",
    "back\\slash",
    "back\\",
    "per%cent %s%n",
    "dollar$$",
    "$(touch pwned)",
    "`touch pwned`",
    "semi;colon",
    "a\"; DROP TABLE canary; --",
    "a'; DROP TABLE canary; --",
    "a\\'; DROP TABLE canary; --",
    "$$; DROP TABLE canary; --",
    "$dbmigrate$; DROP TABLE canary; --",
    "$dbmigrate_$ $dbmigrate$; DROP TABLE canary; --",
    "{}",
    "{0}{1}",
    "comma, blank",
    "#hash",
    "'",
    "\"",
    "[list]",
    "key: value",
    "&anchor",
    "*alias",
    "!tag",
    "~",
    "null",
    "true",
    "1e3",
    "0x10",
    "combining e\xCC\x81",
    "composed \xC3\xA9",
    "hebrew \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
    "crab \xF0\x9F\xA6\x80",
    "family \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
    "no\xC2\xA0"
    "break",
    std::string(200, 'n'),
};

/// What a terminal obeys, what reorders what is read, what targets mean already, what is no text.
const std::vector<std::string> kRefused{
    "new\nline",
    "tab\ttab",
    "\x1B[31mred",
    "\x1B]0;title\x07",
    "del\x7F",
    "c1 \xC2\x9B"
    "31m",
    "override \xE2\x80\xAE gnp.exe",
    "isolate \xE2\x81\xA6 x",
    "separator \xE2\x80\xA8 x",
    "\xEF\xBB\xBF"
    "bom",
    "\xFF\xFE",
    "overlong \xC0\xAF",
    "surrogate \xED\xA0\x80",
    "-flag",
    "--url=x",
    "+1",
    "at@sign",
    "..",
    ".hidden",
    "head",
    " leading",
    "trailing ",
    std::string(201, 'n'),
};

std::string state_of(HostileProject& project, const std::string& name) {
  return project.database.ask("SELECT state FROM dbmigrate.version WHERE revision = " + sql::quote_literal(name));
}

}  // namespace

TEST_CASE("a revision may be called what people call things", "[hostile]") {
  HostileProject project;
  for (std::size_t i = 0; i < kUsable.size(); ++i) {
    const auto& name = kUsable[i];
    CAPTURE(printable(name));
    project.clear_migrations();
    project.revision(name, fmt::format("CREATE TABLE made_{} (id int);\n", i), fmt::format("DROP TABLE made_{};\n", i));
    CHECK(project.run({"upgrade", "main@" + name, "--format", "json"}).status == 0);
    CHECK(state_of(project, name) == "applied");
    CHECK(project.run({"show", "main@" + name}).status == 0);
    const auto status = project.run({"status", "--format", "json"});
    CHECK(Json::parse(status.out).at("result").at("branches")[0].at("current")[0] == name);
    CHECK(project.run({"downgrade", "base", "--yes"}).status == 0);
    CHECK(state_of(project, name).empty());
  }
}

TEST_CASE("a revision whose name is no name for a terminal or a target is refused", "[hostile]") {
  HostileProject project;
  for (const auto& name : kRefused) {
    CAPTURE(printable(name));
    project.clear_migrations();
    if (name.starts_with(".")) continue;  // passed over, as hidden files are
    project.revision(name, "CREATE TABLE made (id int);\n");
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    CHECK(project.run({"status"}).status == 3);
    CHECK(project.database.ask("SELECT to_regclass('made') IS NULL") == "t");
  }
}

TEST_CASE("a branch may be called what a folder may be called, or is refused", "[hostile]") {
  HostileProject project;
  for (std::size_t i = 0; i < kUsable.size(); ++i) {
    const auto& name = kUsable[i];
    if (name == "~") continue;  // an editor's leftover, which is passed over
    CAPTURE(printable(name));
    project.clear_migrations();
    project.write("migrations/" + name + "/001_first.up.sql", fmt::format("CREATE TABLE of_branch_{} (id int);\n", i));
    project.write("migrations/" + name + "/001_first.down.sql", fmt::format("DROP TABLE of_branch_{};\n", i));
    CHECK(project.run({"upgrade", "--branch", name}).status == 0);
    CHECK(project.database.ask("SELECT revision FROM dbmigrate.version WHERE branch = " + sql::quote_literal(name)) ==
          "001_first");
    CHECK(project.run({"downgrade", name + "@base", "--yes", "--format", "json"}).status == 0);
  }
  for (const auto& name : kRefused) {
    if (name == "head" || name.starts_with(".")) continue;  // no target to be taken for; passed over
    CAPTURE(printable(name));
    project.clear_migrations();
    project.write("migrations/" + name + "/001_first.up.sql", "CREATE TABLE made (id int);\n");
    project.write("migrations/" + name + "/001_first.down.sql", "DROP TABLE made;\n");
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
  }
}

TEST_CASE("two spellings of what looks the same are two revisions", "[hostile]") {
  HostileProject project;
  project.revision("caf\xC3\xA9", "CREATE TABLE composed (id int);\n", "DROP TABLE composed;\n");
  project.revision("cafe\xCC\x81", "CREATE TABLE combining (id int);\n", "DROP TABLE combining;\n");
  CHECK(project.run({"upgrade"}).status == 0);
  CHECK(project.database.ask("SELECT count(*) FROM dbmigrate.version") == "2");
  CHECK(project.run({"downgrade", "base", "--yes"}).status == 0);
}

TEST_CASE("the version table's schema may have any name that PostgreSQL has room for", "[hostile]") {
  HostileProject project;
  project.revision("001_first", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  for (const std::string name : {"a\"; DROP TABLE x; --", "a'; DROP TABLE canary; --", "$dbmigrate$", "Up Per",
                                 "new\nline", "\xF0\x9F\xA6\x80", "per%cent", "back\\slash", "{}", "select", "public",
                                 "n23456789012345678901234567890123456789012345678901234567890123"}) {
    CAPTURE(printable(name));
    CHECK(project.run({"upgrade", "--version-schema", name, "--format", "json"}).status == 0);
    CHECK(project.database.ask("SELECT count(*) FROM " + sql::quote_identifier(name) + ".version") == "1");
    CHECK(project.run({"history", "--log", "--version-schema", name}).status == 0);
    CHECK(project.run({"downgrade", "base", "--yes", "--version-schema", name}).status == 0);
  }
}

TEST_CASE("a schema's name that PostgreSQL would cut is refused, since two would become one", "[hostile]") {
  HostileProject project;
  project.revision("001_first", "CREATE TABLE made (id int);\n");
  for (const auto& name : {std::string(64, 's'), std::string(1000, 's'), std::string("pg_mine"),
                           std::string("\xFF\xFE"), std::string("half \xC3")}) {
    CAPTURE(printable(name));
    CHECK(project.run({"upgrade", "--version-schema", name, "--format", "json"}).status == 2);
    project.set("DBMIGRATE_VERSION_SCHEMA", name);
    CHECK(project.run({"upgrade"}).status == 3);
    project.set("DBMIGRATE_VERSION_SCHEMA", std::nullopt);
  }
  CHECK(project.database.ask("SELECT to_regclass('made') IS NULL") == "t");
}

TEST_CASE("objects with odd names are counted, adopted, backfilled and dropped as they are called", "[hostile]") {
  HostileProject project;
  for (const std::string name : {"a\"; DROP TABLE canary; --", "Up Per", "do.t", "quote'", "back\\", "\xF0\x9F\xA6\x80",
                                 "per%", "$$", "n2345678901234567890123456789012345678901234567890123456789012"}) {
    CAPTURE(printable(name));
    const auto quoted = sql::quote_identifier(name);
    project.clear_migrations();
    project.revision("001_table",
                     fmt::format("CREATE TABLE {0} ({0} bigint PRIMARY KEY, done boolean);\n"
                                 "INSERT INTO {0} SELECT n FROM generate_series(1, 10) AS n;\n",
                                 quoted),
                     fmt::format("DROP TABLE {};\n", quoted));
    project.descriptor(
        "002_backfill",
        fmt::format(
            "up:\n  - backfill:\n      name: {0}\n      table: {1}\n      key: {0}\n      where: done IS NULL\n"
            "      sql: {2}\n"
            "down: [{{sql: SELECT 1}}]\nchecks:\n  - name: {0}\n    sql: {3}\n",
            Json(name).dump(), Json(quoted).dump(),
            Json(fmt::format("UPDATE {0} AS t SET done = true FROM batch WHERE t.{0} = batch.{0}", quoted)).dump(),
            Json(fmt::format("SELECT FROM {} WHERE done IS NULL", quoted)).dump()));
    CHECK(project.run({"upgrade"}).status == 0);
    CHECK(project.run({"backfill", "status", "--format", "json"}).status == 0);
    CHECK(project.run({"validate-only"}).status != 1);
    CHECK(project.database.ask(fmt::format("SELECT count(*) FROM {} WHERE done", quoted)) == "10");
    const auto refused = project.run({"downgrade", "base", "--yes", "--format", "json"});
    CHECK(refused.status == 10);  // ten rows would go
    CHECK(project.run({"downgrade", "base", "--yes", "--allow-data-loss"}).status == 0);
  }
}

TEST_CASE("a name longer than PostgreSQL keeps is not taken for the table whose name it begins with", "[hostile]") {
  HostileProject project;
  const std::string kept(63, 'k');
  project.database.run("CREATE TABLE " + kept + " (id bigint PRIMARY KEY, done boolean)");
  project.descriptor("001_requires", "requires: [{table: " + kept +
                                         "_and_more}]\nup: [{sql: CREATE TABLE made (id int)}]\n"
                                         "down: [{sql: DROP TABLE made}]\n");
  CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
  project.clear_migrations();
  project.descriptor("001_backfill",
                     "up: [{backfill: {name: b, table: " + kept +
                         "_and_more, key: id, sql: UPDATE canary SET id = 2}}]\ndown: [{sql: SELECT 1}]\n");
  CHECK(project.run({"upgrade", "--format", "json"}).status != 0);
  CHECK(project.database.ask("SELECT id FROM canary") == "1");
}

TEST_CASE("a role with an odd name is taken, one that is not there is refused", "[hostile]") {
  HostileProject project;
  project.revision("001_first", "CREATE TABLE made (id int);\n");
  for (const std::string name : {"a\"; DROP TABLE canary; --", "x'; RESET ROLE; --", "\xFF"}) {
    CAPTURE(printable(name));
    project.set("DBMIGRATE_ROLE", name);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK((outcome.status == 10 || outcome.status == 3));
  }
  CHECK(project.database.ask("SELECT to_regclass('made') IS NULL") == "t");
}
