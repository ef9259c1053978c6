// Files that are too large, too deep, too many or no text: correct work or a clear refusal, in bounded time and memory.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;
namespace fs = std::filesystem;

namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string utf16(std::string_view ascii) {
  std::string text = "\xFF\xFE";
  for (const char c : ascii) {
    text += c;
    text += '\0';
  }
  return text;
}

constexpr std::string_view kDown = "down: [{sql: SELECT 1}]\n";

}  // namespace

TEST_CASE("YAML that unfolds, nests or repeats without end is refused at once", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(60);
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    bomb += fmt::format("{0}: &{0} [*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1}]\n", c, static_cast<char>(c - 1));
  }
  const std::vector<std::pair<std::string, std::string>> texts{
      {"aliases", bomb},
      {"an alias of itself", "up: &a [*a]\n"},
      {"merge keys", "up: {<<: *a}\n"},
      {"brackets", "up: " + repeated("[", 100'000)},
      {"closed brackets", "up: " + repeated("[", 100'000) + repeated("]", 100'000)},
      {"braces", "up: " + repeated("{a: ", 100'000)},
      {"dashes", "up:\n  " + repeated("- ", 100'000) + "x\n"},
      {"questions", repeated("? ", 100'000)},
      {"indentation",
       [] {
         std::string text;
         for (std::size_t i = 0; i < 2'000; ++i) text += std::string(i, ' ') + "a:\n";
         return text;
       }()},
      {"keys",
       [] {
         std::string text;
         for (int i = 0; i < 50'000; ++i) text += fmt::format("k{}: v\n", i);
         return text;
       }()},
      {"one long key", std::string(5'000'000, 'k') + ": v\n"},
      {"one long quote", "up: \"" + std::string(5'000'000, 'q')},
      {"one long tag", "up: !" + std::string(5'000'000, 't') + " x\n"},
      {"one long anchor", "up: &" + std::string(5'000'000, 'a') + " x\n"},
      {"comments", repeated("# nothing\n", 500'000)},
      {"documents", repeated("---\n", 100'000)},
      {"directives", repeated("%YAML 1.2\n", 100'000)},
      {"tabs", repeated("\t", 1'000'000)},
      {"colons", repeated(":", 1'000'000)},
      {"a number",
       "up: [{sql: SELECT 1}]\ndown: [{sql: SELECT 1}]\nlock_timeout: " + std::string(100'000, '9') + "s\n"},
  };
  for (const auto& [name, yaml] : texts) {
    CAPTURE(name);
    project.clear_migrations();
    project.descriptor("001_hostile", yaml);
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    project.clear_migrations();
    project.revision("001_x", "SELECT 1;\n");
    project.write("migrations/contracts/x.v1.yaml", yaml);
    CHECK(project.run({"status"}).status == 3);
    fs::remove_all(project.folder() / "migrations/contracts");
    project.write("migrations/catalog/001_x.yaml", yaml);
    CHECK(project.run({"validate-only", "--offline"}).status != 0);
    fs::remove_all(project.folder() / "migrations/catalog");
    project.write("dbmigrate.yaml", yaml);
    CHECK(project.run({"status"}).status == 3);
    fs::remove(project.folder() / "dbmigrate.yaml");
  }
}

TEST_CASE("durations and counts that are no numbers are refused", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "SELECT 1;\n");
  for (const std::string text : {"nans", "nan s", "infs", "-1s", "1e3s", "0x10s", "99999999999999999999s", "1.s.", "s",
                                 "1 s s", "\xC2\xB2s", "1e-400s", "2147483648ms"}) {
    CAPTURE(text);
    CHECK(project.run({"upgrade", "--lock-timeout", text, "--format", "json"}).status == 2);
    project.set("DBMIGRATE_WAIT", text);
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    project.set("DBMIGRATE_WAIT", std::nullopt);
    project.write("dbmigrate.yaml", fmt::format("lock_timeout: {}\n", Json(text).dump()));
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    fs::remove(project.folder() / "dbmigrate.yaml");
  }
}

TEST_CASE("SQL that nests without end reaches the server, whose answer is told", "[hostile]") {
  HostileProject project;
  for (const auto& sql : {"SELECT " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + ";\n",
                          "SELECT 1" + repeated(" + 1", 100'000) + ";\n", "SELECT " + repeated("- ", 100'000) + "1;\n",
                          "SELECT " + repeated("CASE WHEN true THEN ", 20'000) + "1" + repeated(" END", 20'000) + ";\n",
                          "SELECT " + repeated("ARRAY[", 50'000) + "1" + repeated("]", 50'000) + ";\n"}) {
    CAPTURE(sql.substr(0, 30));
    project.revision("001_x", sql);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK((outcome.status == 1 || outcome.status == 0));
    if (outcome.status == 0) project.run({"downgrade", "base", "--yes"});
  }
  project.revision("001_x", repeated("/*", 100'000) + repeated("*/", 100'000) + "SELECT 1;\n");
  CHECK(project.run({"upgrade"}).status == 0);
  CHECK(project.run({"downgrade", "base", "--yes"}).status == 0);
  for (const auto& open :
       {repeated("(", 1'000'000), repeated("/*", 500'000), std::string("SELECT $") + std::string(1'000'000, 'a') + "$",
        std::string("SELECT '") + std::string(1'000'000, 'a'), repeated("BEGIN ATOMIC ", 100'000)}) {
    project.revision("001_x", open);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK((outcome.status == 3 || outcome.status == 1));
  }
}

TEST_CASE("a file of 100 MB is applied", "[hostile]") {
  HostileProject project;
  project.limits = {.time = std::chrono::seconds(240), .memory_mb = 1600};
  SECTION("as rows") {
    std::string sql = "CREATE TABLE made (id int, filler text);\nCOPY made FROM stdin;\n";
    const std::string row = "1\t" + std::string(97, 'x') + "\n";
    sql += repeated(row, 1'000'000) + "\\.\n";
    project.revision("001_x", sql, "DROP TABLE made;\n");
    CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
    CHECK(project.database.ask("SELECT count(*) FROM made") == "1000000");
  }
  SECTION("as one statement") {
    project.revision("001_x", "CREATE TABLE made AS SELECT length('" + std::string(100'000'000, 'x') + "') AS n;\n");
    CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
    CHECK(project.database.ask("SELECT n FROM made") == "100000000");
  }
  SECTION("as a comment") {
    project.revision("001_x", "-- " + std::string(100'000'000, 'x') + "\nCREATE TABLE made (id int);\n");
    CHECK(project.run({"upgrade"}).status == 0);
  }
  SECTION("as blanks") {
    project.revision("001_x", std::string(100'000'000, ' ') + "CREATE TABLE made (id int);\n");
    CHECK(project.run({"upgrade"}).status == 0);
  }
  SECTION("as YAML, which is refused") {
    project.descriptor("001_x",
                       "up: [{sql: \"SELECT '" + std::string(100'000'000, 'x') + "'\"}]\n" + std::string(kDown));
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
  }
  SECTION("as a file larger than PostgreSQL's largest message, which is refused before it is read") {
    project.revision("001_x", "SELECT 1;\n");
    fs::resize_file(project.folder() / "migrations/001_x.up.sql", (std::uintmax_t{1} << 30) + 1);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK(outcome.status == 3);
    CHECK(outcome.peak_mb < 300);
  }
  SECTION("as holes, which are NUL bytes") {
    project.revision("001_x", "SELECT 1;\n");
    fs::resize_file(project.folder() / "migrations/001_x.up.sql", 100'000'000);
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
  }
}

TEST_CASE("a million statements are applied", "[hostile]") {
  HostileProject project;
  project.limits = {.time = std::chrono::seconds(300), .memory_mb = 1200};
  std::string sql = "CREATE TABLE made (id int);\n";
  for (int i = 0; i < 1'000'000; ++i) sql += fmt::format("INSERT INTO made VALUES ({});\n", i);
  project.revision("001_x", sql, "DROP TABLE made;\n");
  CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
  CHECK(project.database.ask("SELECT count(*) FROM made") == "1000000");
}

TEST_CASE("a million notices and a million rows are not kept", "[hostile]") {
  HostileProject project;
  project.limits = {.time = std::chrono::seconds(240), .memory_mb = 400};
  project.revision("001_rows", "SELECT repeat('x', 100) FROM generate_series(1, 3000000);\n");
  CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
  project.revision(
      "002_notices",
      "DO $$ BEGIN FOR i IN 1..1000000 LOOP RAISE NOTICE 'notice % %', i, repeat('x', 100); END LOOP; END $$;\n");
  const auto outcome = project.run({"upgrade", "--format", "json", "-q"});
  CHECK(outcome.status == 0);
  CHECK(outcome.says("notice 1 "));
}

TEST_CASE("a line of 1 MB is quoted in part where it is wrong", "[hostile]") {
  HostileProject project;
  project.limits.memory_mb = 500;
  const std::string megabyte(1'000'000, 'x');
  project.revision("001_x", "SELECT '" + megabyte + "', nothing_like_it;\n");
  auto outcome = project.run({"upgrade", "--format", "json"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.size() < 20'000);
  project.revision("001_x", "SELECT 1 AS " + megabyte + ";\n");
  outcome = project.run({"upgrade"});
  CHECK(outcome.both().size() < 20'000);
  project.revision("002_x", megabyte + ";\n");
  outcome = project.run({"upgrade", "--format", "json"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.size() < 20'000);
  project.clear_migrations();
  for (const auto& yaml :
       {megabyte + ": 1\n", "up: " + megabyte + "\n",
        "revision: " + megabyte + "\nup: [{sql: SELECT 1}]\n" + std::string(kDown), "kind: " + megabyte + "\n",
        "lock_timeout: " + megabyte + "\nup: [{sql: SELECT 1}]\n" + std::string(kDown)}) {
    project.descriptor("001_x", yaml);
    outcome = project.run({"upgrade", "--format", "json"});
    CHECK(outcome.status == 3);
    CHECK(outcome.out.size() < 60'000);
  }
}

TEST_CASE("a file that is no UTF-8 text is refused with the place of its first wrong byte", "[hostile]") {
  HostileProject project;
  std::string random;
  unsigned state = 7;
  for (int i = 0; i < 200'000; ++i) random += static_cast<char>((state = state * 1103515245U + 12345U) >> 16U);
  for (const auto& bytes :
       {utf16("SELECT 1;\n"), std::string("SELECT '\xE9';\n"), std::string("SELECT 1;\0", 10), random,
        std::string("\x7F"
                    "ELF\x02\x01\x01\0\0\0",
                    10),
        std::string("\x1F\x8B\x08\0\0", 5)}) {
    CAPTURE(printable(bytes.substr(0, 20)));
    project.revision("001_x", bytes);
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    project.clear_migrations();
    project.descriptor("001_x", bytes);
    CHECK(project.run({"upgrade"}).status == 3);
    project.clear_migrations();
    project.write("dbmigrate.yaml", bytes);
    CHECK(project.run({"status", "--format", "json"}).status == 3);
    fs::remove(project.folder() / "dbmigrate.yaml");
  }
}

TEST_CASE("byte-order marks and line ends of any system mean the same SQL", "[hostile]") {
  HostileProject project;
  const std::string plain =
      "-- dbmigrate: description=one\nCREATE TABLE made (id int);\nINSERT INTO made VALUES (1);\n";
  project.revision("001_x", plain, "DROP TABLE made;\n");
  REQUIRE(project.run({"upgrade"}).status == 0);
  const auto with = [&](std::string_view end) {
    std::string text;
    for (const char c : plain) text += c == '\n' ? std::string(end) : std::string(1, c);
    return text;
  };
  for (const auto& same : {with("\r\n"), "\xEF\xBB\xBF" + plain, "\xEF\xBB\xBF" + with("\r\n")}) {
    project.revision("001_x", same, "DROP TABLE made;\r\n");
    CHECK(project.run({"status"}).status == 0);
    CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
  }
  project.revision("001_x", "\xEF\xBB\xBF\xEF\xBB\xBF" + plain, "DROP TABLE made;\n");
  CHECK(project.run({"upgrade", "--format", "json"}).status == 7);  // the second mark is text
}

TEST_CASE("thousands of files and folders are read, thousands of mistakes told in part", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(60);
  for (int i = 0; i < 5'000; ++i) project.write(fmt::format("migrations/{}_x.yaml", i), "nonsense: [\n");
  auto outcome = project.run({"upgrade", "--format", "json"});
  CHECK(outcome.status == 3);
  CHECK(outcome.out.size() < 1'000'000);
  project.clear_migrations();
  std::string deep = "migrations/main";
  for (int i = 0; i < 400; ++i) deep += "/deep";
  project.write("migrations/main/001_x.up.sql", "SELECT 1;\n");
  project.write("migrations/main/001_x.down.sql", "SELECT 1;\n");
  project.write(deep + "/notes.md", "notes\n");
  CHECK(project.run({"upgrade"}).status == 0);
}
