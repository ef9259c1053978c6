// What a migrations directory is: branches, order, and files that fit nowhere.
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "unit/descriptor/support.hpp"

using namespace dbmigrate;
using namespace dbmigrate::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBoth = "-- dbmigrate:up\nSELECT 1;\n-- dbmigrate:down\nSELECT 1;\n";

std::vector<std::string> ids(const MigrationSet& set) {
  std::vector<std::string> result;
  for (const auto& migration : set.migrations) result.push_back(migration.id.text());
  return result;
}

}  // namespace

TEST_CASE("folders are branches, hidden and side folders are not", "[descriptor]") {
  const WrittenFiles folder{{"b10/1.sql", kBoth},           {"b9/10_x.sql", kBoth}, {"b9/9_x.sql", kBoth},
                            {"README.md", "hello"},         {".git/x.sql", "?"},    {"b9/catalog/9_x.yaml", "?"},
                            {"b9/contracts/a.v1.yaml", "?"}};
  fs::create_directory(folder.path() / "empty");
  const auto set = MigrationDirectory(folder.path()).load();
  CHECK(ids(set) == std::vector<std::string>{"b9@9_x", "b9@10_x", "b10@1"});
  REQUIRE(set.branches.size() == 3);
  CHECK(set.branches[0].name == "b9");
  CHECK(set.branches[2].name == "empty");
  CHECK(set.branches[1].folder == folder.path() / "b10");
  CHECK(set.directory == folder.path());
}

TEST_CASE("parents default to the one before by name", "[descriptor]") {
  const auto set = loaded({{"2_b.sql", kBoth}, {"10_c.sql", kBoth}, {"1_a.sql", kBoth}});
  CHECK(set.migrations.at(0).parents.empty());
  CHECK(set.migrations.at(1).parents == std::vector<std::string>{"1_a"});
  CHECK(set.migrations.at(2).parents == std::vector<std::string>{"2_b"});
  CHECK_FALSE(set.migrations.at(2).parents_declared);
}

TEST_CASE("the order is that of the names revisions give themselves", "[descriptor]") {
  const auto set = loaded({{"1.yaml", "revision: z\nup: {sql: SELECT 1}\nirreversible: x\n"}, {"2.sql", kBoth}});
  CHECK(ids(set) == std::vector<std::string>{"main@2", "main@z"});
  CHECK(set.migrations.at(1).parents == std::vector<std::string>{"2"});
}

TEST_CASE("branch.yaml describes a branch and gives defaults", "[descriptor]") {
  const auto set =
      loaded({{"b/branch.yaml",
               "description: Life\ntransaction: step\nlock_timeout: 3s\nstatement_timeout: 1min\nkind: data\n"},
              {"b/1.sql", kBoth},
              {"b/2.up.sql", "-- dbmigrate: lock_timeout=1s\nSELECT 1"},
              {"b/2.down.sql", "SELECT 1"}});
  CHECK(set.branches.at(0).description == "Life");
  CHECK(set.migrations.at(0).transaction == TransactionMode::step);
  CHECK(set.migrations.at(0).up.at(0).transaction == TransactionMode::step);
  CHECK(set.migrations.at(0).kind == Kind::data);
  CHECK(set.migrations.at(0).lock_timeout == 3s);
  CHECK(set.migrations.at(0).statement_timeout == 1min);
  CHECK(set.migrations.at(1).lock_timeout == 1s);
  const auto levels = loaded({{"b/branch.yaml", "lint: {rules: {drop-table: warning}}"}, {"b/1.sql", kBoth}});
  REQUIRE(levels.branches.at(0).lint_levels.size() == 1);
  CHECK(levels.branches.at(0).lint_levels.at(0).rule == "drop-table");
  CHECK(levels.branches.at(0).lint_levels.at(0).level == "warning");
  CHECK(said({{"b/branch.yaml", "hold: x\n"}}) == "b/branch.yaml:1:1: unknown key \"hold\"");
  CHECK(said({{"b/branch.yaml", "kind: baseline\n"}}) == "b/branch.yaml:1:7: kind must be one of \"schema\", \"data\"");
}

TEST_CASE("a directory without migrations has no branches", "[descriptor]") {
  CHECK(loaded({{"README.md", "x"}, {".gitkeep", ""}}).branches.empty());
  CHECK(loaded({{"branch.yaml", "description: x\n"}}).branches.at(0).name == "main");
}

TEST_CASE("a directory that is not there is told", "[descriptor]") {
  const WrittenFiles folder{{"file", "x"}};
  for (const auto* name : {"none", "file"}) {
    try {
      (void)MigrationDirectory(folder.path() / name).load();
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::file_unreadable);
      CHECK(error.info().at->file == folder / name);
    }
  }
}

TEST_CASE("folders and migrations do not mix", "[descriptor]") {
  CHECK(said({{"b/1.sql", kBoth}, {"2.sql", kBoth}}) == "2.sql: 2.sql lies beside branch folders");
  CHECK(said({{"b/1.sql", kBoth}, {"catalog/1.yaml", "x"}}) ==
        "catalog: the folder catalog lies beside branch folders");
  CHECK(ids(loaded({{"2.sql", kBoth}, {"catalog/2.yaml", "x"}})) == std::vector<std::string>{"main@2"});
}

TEST_CASE("one revision has one form", "[descriptor]") {
  const std::string_view yaml = "up: {sql: SELECT 1}\nirreversible: x\n";
  CHECK(said({{"a.yaml", yaml}, {"a.sql", kBoth}}) == "a.sql: revision a is written twice: a.yaml and a.sql");
  CHECK(said({{"a.yaml", yaml}, {"a.up.sql", "SELECT 1"}}) ==
        "a.up.sql: revision a is written twice: a.yaml and a.up.sql");
  CHECK(said({{"a.sql", kBoth}, {"a.up.sql", "SELECT 1"}, {"a.down.sql", "SELECT 1"}}) ==
        "a.up.sql: revision a is written twice: a.sql, a.up.sql and a.down.sql");
}

TEST_CASE("a file that fits nowhere is refused, notes and editors' leavings are not", "[descriptor]") {
  for (const auto* name : {"a.up.sql.bak", "b.SQL", "b.Up.Sql.txt", "b.yml", "script.sh", "b.sql.md", "b.pgsql"}) {
    INFO(name);
    CHECK(said({{"a.sql", kBoth}, {name, "x"}}) == std::string(name) + ": " + name + " is no part of a migration");
  }
  CHECK(refusal({{"a.sql", kBoth}, {"b.SQL", "x"}}).hint == "Rename it to b.sql if it is a migration.");
  CHECK(refusal({{"a.sql", kBoth}, {"b.yml", "x"}}).hint == "Rename it to b.yaml if it is a migration.");
  CHECK(ids(loaded({{"a.sql", kBoth},
                    {"README.md", ""},
                    {"README", ""},
                    {"notes.txt", ""},
                    {".gitkeep", ""},
                    {"a.sql~", ""},
                    {".a.sql.swp", ""},
                    {"#a.sql#", ""}})) == std::vector<std::string>{"main@a"});
  CHECK(said({{"b/a.sql", kBoth}, {"b/deep/er/c.up.sql", "x"}}) ==
        "b/deep/er/c.up.sql: b/deep/er/c.up.sql is used by no migration");
  CHECK(ids(loaded({{"b/a.sql", kBoth}, {"b/docs/figure.png", "x"}})) == std::vector<std::string>{"b@a"});
}

TEST_CASE("names that targets could not tell apart are refused", "[descriptor]") {
  CHECK(said({{"-1.sql", kBoth}}).find("-1.sql: \"-1\" cannot name a revision because it begins like") == 0);
  CHECK(said({{"a@b.sql", kBoth}}).find("contains an @") != std::string::npos);
  CHECK(said({{"head.sql", kBoth}}).find("is a target's own word") != std::string::npos);
  CHECK(said({{"\xFF.sql", kBoth}}).find("is not UTF-8") != std::string::npos);
  CHECK(said({{std::string(201, 'x') + ".sql", kBoth}}).find("is longer than 200 bytes") != std::string::npos);
  CHECK(said({{"a@b/1.sql", kBoth}}).find("a@b: \"a@b\" cannot name a branch because it contains an @") == 0);
}

TEST_CASE("links are followed inside the directory only", "[descriptor]") {
  const WrittenFiles outside{{"x.sql", kBoth}};
  const WrittenFiles folder{{"b/1.sql", kBoth}};
  SECTION("inside") {
    fs::create_symlink("1.sql", folder.path() / "b" / "2.sql");
    CHECK(ids(MigrationDirectory(folder.path()).load()) == std::vector<std::string>{"b@1", "b@2"});
  }
  SECTION("a file out of it") {
    fs::create_symlink(outside / "x.sql", folder.path() / "b" / "2.sql");
    CHECK(line_of(refusal_in(folder)) == "b/2.sql: b/2.sql leads out of the migrations directory");
  }
  SECTION("a branch out of it") {
    fs::create_directory_symlink(outside.path(), folder.path() / "c");
    CHECK(line_of(refusal_in(folder)) == "c: c leads out of the migrations directory");
  }
  SECTION("a descriptor's file out of it") {
    fs::create_symlink(outside / "x.sql", folder.path() / "b" / "l.sql");
    folder.write("b/3.yaml", "up: l.sql\nirreversible: x\n");
    CHECK(refusal_in(folder).message == "b/l.sql leads out of the migrations directory");
  }
  SECTION("into nothing") {
    fs::create_symlink("none", folder.path() / "b" / "2.sql");
    const auto info = refusal_in(folder);
    CHECK(line_of(info) == "b/2.sql: cannot read b/2.sql");
    CHECK(info.code == ErrorCode::file_unreadable);
  }
  SECTION("the directory itself may be one") {
    fs::create_directory_symlink(folder.path(), outside.path() / "link");
    CHECK(MigrationDirectory(outside.path() / "link").load().migrations.size() == 1);
  }
}

TEST_CASE("only files of a sensible size are read", "[descriptor]") {
  const WrittenFiles folder{{"1.sql", kBoth}};
  SECTION("a folder with a migration's name") {
    fs::create_directories(folder.path() / "b" / "2.up.sql");
    fs::rename(folder.path() / "1.sql", folder.path() / "b" / "1.sql");
    CHECK(MigrationDirectory(folder.path()).load().migrations.size() == 1);
  }
  SECTION("a pipe") {
    fs::path pipe = folder.path() / "2.sql";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(line_of(refusal_in(folder)) == "2.sql: 2.sql is no regular file");
  }
  SECTION("a file beyond what PostgreSQL takes") {
    folder.write("2.sql", "x");
    fs::resize_file(folder.path() / "2.sql", (std::uintmax_t{1} << 30) + 1);
    CHECK(line_of(refusal_in(folder)) == "2.sql: 2.sql is larger than 1 GiB");
  }
  SECTION("a file that may not be read") {
    if (geteuid() == 0) return;
    fs::permissions(folder.path() / "1.sql", fs::perms::none);
    CHECK(refusal_in(folder).code == ErrorCode::file_unreadable);
  }
}

TEST_CASE("all problems are told at once", "[descriptor]") {
  const auto info = refusal({{"b/1.up.sql", "SELECT 1"},
                             {"b/2.yaml", "up: x.sql\nhld: x\n"},
                             {"b/x.sql", "SELECT 1"},
                             {"c/1.sql", "SELECT \xFF"},
                             {"c/branch.yaml", "a: b\n"}});
  CHECK(info.code == ErrorCode::invalid_descriptor);
  CHECK(info.message == "4 problems in the migrations");
  CHECK(info.detail ==
        "b/1.up.sql: revision 1 has no down\n"
        "b/2.yaml:2:1: unknown key \"hld\"\n"
        "c/1.sql:1:8: c/1.sql is not UTF-8\n"
        "c/branch.yaml:1:1: unknown key \"a\"");
  CHECK(info.at == Location{"b/1.up.sql", 0, 0});
}
