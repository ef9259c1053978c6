// Files and folders that may not be read or written, or are not what they should be.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "limits/lab.hpp"
#include "limits/small_disk.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;
namespace fs = std::filesystem;

namespace {

/// A project with one revision, of a user whom file modes concern.
struct Project {
  Project() {
    lab.migration("001_base", "CREATE TABLE t (id int);\n", "DROP TABLE t;\n");
    lab.as = As::unprivileged;
    lab.give_away();
  }
  Lab lab;
};

void mode(const fs::path& path, unsigned bits) { fs::permissions(path, static_cast<fs::perms>(bits)); }

void check_unreadable(const Outcome& outcome, std::string_view path) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit == 3);
  CHECK(outcome.says(path));
  CHECK(outcome.error("message") != "");
  CHECK(outcome.error("hint") != "");
}

}  // namespace

TEST_CASE("a file or folder that may not be read is named, before the database is asked", "[files]") {
  Project project;
  const auto& lab = project.lab;
  SECTION("a migration") {
    mode(lab.path("migrations/001_base.up.sql"), 0);
    const auto refused = lab.run({"heads"});
    check_unreadable(refused, "001_base.up.sql");
    CHECK(refused.says("Permission denied"));
    mode(lab.path("migrations/001_base.up.sql"), 0644);
  }
  SECTION("the folder of the migrations") {
    mode(lab.path("migrations"), 0);
    check_unreadable(lab.run({"heads"}), "migrations");
    mode(lab.path("migrations"), 0755);
  }
  SECTION("the settings") {
    lab.write("dbmigrate.yaml", "dir: migrations\n");
    mode(lab.path("dbmigrate.yaml"), 0);
    lab.give_away();
    check_unreadable(lab.run({"heads"}), "dbmigrate.yaml");
    mode(lab.path("dbmigrate.yaml"), 0644);
  }
  CHECK(lab.run({"heads"}).exit == 0);
}

TEST_CASE("an upgrade with one unreadable file among others changes nothing", "[files]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  lab.migration("002_more", "CREATE TABLE more (id int);\n");
  lab.as = As::unprivileged;
  lab.give_away();
  mode(lab.path("migrations/002_more.down.sql"), 0);
  const auto before = picture(lab.url);
  check_unreadable(lab.run({"upgrade"}), "002_more.down.sql");
  CHECK(difference_from(before, lab.url) == "");
  mode(lab.path("migrations/002_more.down.sql"), 0644);
  CHECK(lab.run({"upgrade"}).exit == 0);
}

TEST_CASE("a folder that may not be written to is named, and nothing of the new files is left", "[files]") {
  Project project;
  const auto& lab = project.lab;
  const auto files = [&] {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(lab.path())) {
      const auto name = entry.path().lexically_relative(lab.path()).string();
      if (name != ".stderr") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  const auto before = files();
  SECTION("new") {
    mode(lab.path("migrations"), 0555);
    check_unreadable(lab.run({"new", "more"}), "migrations");
    CHECK(files() == before);
    mode(lab.path("migrations"), 0755);
    CHECK(lab.run({"new", "more"}).exit == 0);
  }
  SECTION("catalog") {
    mode(lab.path("migrations"), 0555);
    check_unreadable(lab.run({"catalog"}), "catalog");
    CHECK(files() == before);
    mode(lab.path("migrations"), 0755);
    CHECK(lab.run({"catalog"}).exit == 0);
  }
  SECTION("init") {
    Lab empty;
    fs::remove(empty.path("migrations"));
    empty.as = As::unprivileged;
    empty.give_away();
    mode(empty.path(), 0555);
    check_unreadable(empty.run({"init"}), "migrations/001_first_table.up.sql");
    CHECK_FALSE(fs::exists(empty.path("migrations")));
    mode(empty.path(), 0755);
    CHECK(empty.run({"init"}).exit == 0);
  }
  SECTION("the log file") {
    fs::create_directory(lab.path("closed"));
    mode(lab.path("closed"), 0555);
    const auto refused = lab.run({"heads", "--log-file", "closed/log"});
    check_unreadable(refused, "closed/log");
    CHECK(refused.error("code") == "file_unreadable");
    CHECK(refused.says("Permission denied"));
  }
}

TEST_CASE("a folder in the place of a file, and a file in the place of a folder, are named", "[files]") {
  Project project;
  const auto& lab = project.lab;
  SECTION("a migration") {
    fs::remove(lab.path("migrations/001_base.up.sql"));
    fs::create_directory(lab.path("migrations/001_base.up.sql"));
    check_unreadable(lab.run({"heads"}), "001_base");
  }
  SECTION("the settings") {
    fs::create_directory(lab.path("dbmigrate.yaml"));
    check_unreadable(lab.run({"heads"}), "dbmigrate.yaml");
    check_unreadable(lab.run({"heads", "--config", "migrations"}), "migrations");
  }
  SECTION("the migrations") {
    fs::remove_all(lab.path("migrations"));
    lab.write("migrations", "");
    check_unreadable(lab.run({"heads"}), "migrations");
    check_unreadable(lab.run({"new", "more"}), "migrations");
  }
  SECTION("the log file") { check_unreadable(lab.run({"heads", "--log-file", "migrations"}), "migrations"); }
  SECTION("a catalog file") {
    fs::create_directories(lab.path("migrations/catalog/001_base.yaml"));
    const auto refused = lab.run({"catalog", "--check"});
    INFO(refused.out << refused.err);
    CHECK((refused.exit == 3 || refused.exit == 8));
    CHECK(refused.out.find("001_base") != std::string::npos);
  }
}

TEST_CASE("a file system that is read-only is told like a folder that may not be written to", "[files]") {
  if (!can_mount()) {
    WARN("skipped: mounting a file system needs root");
    return;
  }
  Lab lab;
  const SmallDisk disk(lab.path("disk"), 8, plain_user());
  fs::create_directory(lab.path("disk/migrations"));
  lab.write("disk/migrations/001_base.up.sql", "SELECT 1;\n");
  lab.write("disk/migrations/001_base.down.sql", "SELECT 1;\n");
  disk.make_read_only();
  CHECK(lab.run({"heads", "--dir", "disk/migrations"}).exit == 0);
  const auto refused = lab.run({"new", "more", "--dir", "disk/migrations"});
  check_unreadable(refused, "disk/migrations");
  CHECK(refused.says("Read-only file system"));
  check_unreadable(lab.run({"heads", "--dir", "disk/migrations", "--log-file", "disk/log"}), "disk/log");
}

TEST_CASE("a log whose disk is full is told once and does not stop the run", "[files]") {
  Lab lab(new_database(shared_server()));
  lab.migration("001_base", "CREATE TABLE t (id int);\n");
  const auto done = lab.run({"upgrade", "--log-file", "/dev/full"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
  const auto first = done.err.find("warning: cannot write the log file");
  REQUIRE(first != std::string::npos);
  CHECK(done.err.find("cannot write the log file", first + 20) == std::string::npos);
  CHECK(ask(lab.url, "SELECT to_regclass('t') IS NOT NULL") == "t");
}
